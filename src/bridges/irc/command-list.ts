import type { IrcMessage } from "irc-framework";
import type { Run } from "./command-kit.ts";
import { plainName, plainText } from "./formatting.ts";
import type { Question } from "./questions.ts";
import type { Scene } from "./scene.ts";

/** Channels shown of a list: those with the most people. */
const MAX_SHOWN = 500;
/** What some servers put before the topic: `[+nt] `. */
const MODES = /^\[\+[^\]]{0,60}\] ?/;

interface Listed {
  name: string;
  people: number;
  topic: string;
}

/** Channels of the network whose name or topic holds the words, largest first; of all of them where there are no words. */
async function channelsWith(
  words: string,
  scene: Scene,
  ask: (question: Question) => Promise<void>,
): Promise<{ shown: Listed[]; found: number }> {
  const found = new Largest();
  const wanted = words.toLowerCase();
  const take = (message: IrcMessage) => {
    const channel = listed(message);
    if (channel && (wanted === "" || `${channel.name} ${channel.topic}`.toLowerCase().includes(wanted))) found.add(channel);
  };
  await ask({ line: "LIST", answers: new Set(["321", "322", "323"]), about: (name) => name.toUpperCase() === "LIST", take });
  return { shown: found.shown(), found: found.count };
}

export const listChannels: Run = async ({ text }, { scene, ask }) => {
  const { shown, found } = await channelsWith(text, scene, ask);
  const rows = shown.map(({ name, people, topic }) => ({ channel: name, people: String(people), topic }));
  const more = found > shown.length ? `\n${found - shown.length} more are not shown: search for a word.` : "";
  const lines = rows.map(({ channel, people, topic }) => `${channel} (${people})${topic === "" ? "" : `: ${topic}`}`);
  return { text: rows.length === 0 ? "No channel found." : lines.join("\n") + more, rows };
};

/** RPL_LIST: `me #channel 12 :topic`. */
function listed({ command, params }: IrcMessage): Listed | undefined {
  const [, name = "", people = ""] = params;
  if (command !== "322" || name === "" || name === "*") return undefined;
  return {
    name: plainName(name),
    people: Number.parseInt(people, 10) || 0,
    topic: plainText((params[3] ?? "").replace(MODES, "")).slice(0, 200),
  };
}

/** Keeps the largest, however many come. */
class Largest {
  count = 0;
  #kept: Listed[] = [];

  add(channel: Listed): void {
    this.count += 1;
    this.#kept.push(channel);
    if (this.#kept.length >= MAX_SHOWN * 2) this.#kept = this.shown();
  }

  shown(): Listed[] {
    return this.#kept.toSorted((one, other) => other.people - one.people).slice(0, MAX_SHOWN);
  }
}
