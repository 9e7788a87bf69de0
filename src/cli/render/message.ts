import { noticeText } from "./account.ts";
import type { Message, MessageState, WatchEvent } from "../../api/messages.ts";
import { terminalLabel, terminalTrust } from "../../security-labels/index.ts";
import { clean } from "./clean.ts";
import { attachmentText } from "./file.ts";
import { timeText } from "./time.ts";

/** From here on a message counts as late, and it is said when it came (B8). In milliseconds. */
const LATE = 5 * 60_000;

const STATES: Partial<Record<MessageState, string>> = {
  queued: "waits to be sent",
  "in-doubt": "may not have been delivered",
  failed: "not sent",
  here: "on this device only",
  stored: "waits on your mailbox",
};

type Unsent = NonNullable<Message["unsent"]>[number];

/** One line; a text of several lines goes on indented, so that it cannot pass for another row. */
export function messageText(message: Message, colour: boolean): string {
  const trust = message.trust ?? undefined;
  const marks = [terminalLabel(message.label, { trust, colour }), ...(trust === undefined ? [] : [terminalTrust(trust, { colour })])];
  return [timeText(message.ts), ...marks, bodyText(message), ...notes(message)].join("  ");
}

/** Empty for what says nothing to a person. */
export function eventText(event: WatchEvent, colour: boolean): string {
  switch (event.event) {
    case "ready":
      return "";
    case "message":
      return messageText(event.message, colour);
    case "file":
      return event.file.state === "here" || event.file.problem !== undefined ? attachmentText(event.file) : "";
    case "changed":
      return messageText(event.message, colour);
    case "chat":
    case "moment":
    case "gone":
      return "";
    case "state":
      return `${event.id} is now ${event.state}${event.reason === undefined ? "" : `: ${clean(event.reason, "line")}`}`;
    case "notice":
      return `!! ${noticeText(event.notice)}`;
  }
}

function bodyText({ kind, deleted, from, text, files = [] }: Message): string {
  const name = clean(from.name, "line");
  if (deleted === true) return `<${name}> (deleted)`;
  if (kind === "text") return [`<${name}>`, ...(text === "" ? [] : [clean(text, "block")]), ...files.map(attachmentText)].join(" ");
  if (kind === "action") return `* ${name} ${clean(text, "block")}`;
  return kind === "notice" ? `-${name}- ${clean(text, "block")}` : `-- ${clean(text, "block")}`;
}

function notes(message: Message): string[] {
  const state = STATES[message.state];
  const reason = message.reason === undefined ? "" : `: ${clean(message.reason, "line")}`;
  return [
    ...(message.edited === true ? ["(edited)"] : []),
    ...(message.replyGone === undefined ? [] : [`(answers a ${message.replyGone} message)`]),
    ...(message.pinned === true ? ["(pinned)"] : []),
    ...(message.reactions ?? []).map(({ emoji, count }) => `${clean(emoji, "line")} ${count}`),
    ...(message.expires === undefined ? [] : [`(goes ${timeText(message.expires)})`]),
    ...(message.arrived - message.ts > LATE ? [`(arrived ${timeText(message.arrived)})`] : []),
    ...(state === undefined ? [] : [`(${state}${reason})`]),
    ...(message.unsent ?? []).map(unsentText),
  ];
}

function unsentText({ what, text, on, state, reason }: Unsent): string {
  const why = reason === undefined ? "" : `: ${clean(reason, "line")}`;
  const said = what === "edit" ? `edit to ${clean(text, "line")}` : `${on ? "" : "taking back "}${clean(text, "line")}`;
  return `(${said}: ${STATES[state] ?? state}${why})`;
}
