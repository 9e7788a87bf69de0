import { bridgedSchema } from "../../sync/content/bridged.ts";
import { type Text, textSchema } from "../../sync/content/text.ts";
import type { Reader, StoredEntry } from "../../sync/core.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { targetOf } from "./notes.ts";
import { clip } from "./plain.ts";

/** A message answered within this time needs no quotation. */
const RECENT_MS = 5 * 60_000;
const MAX_NAME = 64;
const MAX_QUOTE = 80;

/**
 * What a reply begins with where not everybody there sees what it answers: `alice: `, or `<alice "the first words…"> ` for
 * what lies back longer. Empty where it is no reply, what it answers is gone, or the network shows replies itself.
 */
export function replyPrefix(reader: Reader, entry: StoredEntry, text: Text, { caps }: Pick<ConvRecord, "caps">): string {
  const target = text.replyTo && caps?.reply !== 2 ? targetOf(reader, entry, text.replyTo) : undefined;
  const said = target && saidIn(reader, target, caps?.kind === "direct");
  if (!target || !said) return "";
  if (said.name !== "" && entry.hlc.ms - target.place.ms <= RECENT_MS) return `${said.name}: `;
  return `<${[said.name, `"${said.quote}"`].filter((part) => part !== "").join(" ")}> `;
}

/** `name` is empty for the person's own words, and where there is only one other. */
function saidIn(reader: Reader, target: StoredEntry, alone: boolean): { name: string; quote: string } | undefined {
  const body = reader.body(target.row);
  const heard = bridgedSchema.safeParse(body).data;
  const own = heard ? undefined : textSchema.safeParse(body).data;
  const text = heard?.text ?? own?.text;
  if (text === undefined) return undefined;
  return { name: heard && !heard.from.self && !alone ? oneLine(heard.from.name, MAX_NAME) : "", quote: oneLine(text, MAX_QUOTE) };
}

function oneLine(text: string, length: number): string {
  const line = text
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length <= length ? line : `${clip(line, length - 1)}…`;
}
