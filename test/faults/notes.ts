import { setTimeout as sleep } from "node:timers/promises";
import { type Client, createClient } from "../../src/api/client.ts";
import { HomeportError } from "../../src/api/errors.ts";
import type { Message, WatchEvent } from "../../src/api/messages.ts";
import { connectDaemon } from "../../src/cli/channel.ts";
import { type CliProcess, eventually, type Homeport } from "../harness/homeport.ts";

const NOTES = "Note to self";

/** A person who writes notes on a device, and remembers which of them the device confirmed to have stored. */
export class NoteWriter {
  readonly confirmed: string[] = [];
  /** Handed over, and not answered: may be stored or not. */
  readonly unknown: string[] = [];
  readonly device: Homeport;
  #client: Client | undefined;
  #conversation: string | undefined;
  #n = 0;

  constructor(device: Homeport) {
    this.device = device;
  }

  /** The text; undefined where the device was not there, or went away over it. */
  async write(): Promise<string | undefined> {
    const text = `${this.device.name} ${++this.#n}`;
    try {
      this.#client ??= createClient(await connectDaemon(this.device.data));
    } catch {
      // Nothing was handed over.
      return undefined;
    }
    try {
      this.#conversation ??= (await this.#client.call("chats", {})).find(({ kind }) => kind === "self")?.conversation;
      if (this.#conversation === undefined) throw new Error("no notes to self");
      await this.#client.call("send", { conversation: this.#conversation, text });
      this.confirmed.push(text);
      return text;
    } catch (error) {
      if (!(error instanceof HomeportError) || error.code !== "no-daemon") throw error;
      this.unknown.push(text);
      this.#client = undefined;
      return undefined;
    }
  }

  async writeFor(milliseconds: number, everyMs: number): Promise<void> {
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(everyMs)) await this.write();
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}

/** In the order of the view. */
export async function notesOf(device: Homeport): Promise<string[]> {
  const messages = await device.rows<Message>("read", NOTES, "--limit", "100000");
  return messages.map(({ text }) => text);
}

/** What a device showed while it was watched. */
export function shownBy(watching: CliProcess): string[] {
  return watching.events<WatchEvent>().flatMap((event) => (event.event === "message" ? [event.message.text] : []));
}

/** All devices show the same notes in the same order, each once, and all that was confirmed. */
export async function untilSame(devices: readonly Homeport[], writers: readonly NoteWriter[]): Promise<string[]> {
  const wanted = writers.flatMap(({ confirmed }) => confirmed);
  return eventually("all devices show the same", async () => {
    const [first = [], ...others] = await Promise.all(devices.map(notesOf));
    const have = new Set(first);
    if (have.size !== first.length) throw new Error("a note is shown twice");
    const isSame = others.every((list) => list.join("\n") === first.join("\n"));
    return isSame && wanted.every((text) => have.has(text)) ? first : undefined;
  });
}
