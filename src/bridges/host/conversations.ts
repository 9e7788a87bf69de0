import { KIND } from "../../sync/content/kinds.ts";
import type { Conversation, Reader, Writer } from "../../sync/core.ts";
import type { AccountRecord } from "./account-table.ts";
import { convByCoreRow, type ConvDetail, type ConversationTable, type ConvRecord, type Standing } from "./conversation-table.ts";
import type { ConvId, ConvInfo } from "../contract/index.ts";
import { clip, MAX_SHORT, toCbor } from "./plain.ts";

/** Conversations that a plugin told of and that are not open; more are not remembered. */
const MAX_KNOWN = 5_000;
const MAX_TOPIC = 4096;
const MAX_URL = 2048;

/** What the host does with conversations of networks; always inside a transaction. */
export class Conversations {
  readonly #table: ConversationTable;

  constructor(table: ConversationTable) {
    this.#table = table;
  }

  find(reader: Reader, account: AccountRecord, conv: ConvId): ConvRecord | undefined {
    return this.#table.find(reader, account.row, conv);
  }

  /** What the plugin says of a conversation, whatever it stands at. Undefined where it is not to be remembered. */
  learn(writer: Writer, account: AccountRecord, conv: ConvId, patch: Partial<Omit<ConvInfo, "id">>): ConvRecord | undefined {
    const known = this.#table.find(writer, account.row, conv);
    if (!known) return this.#insert(writer, account, conv, patch);
    const record = { ...known, ...detailOf(conv, patch, known) };
    if (JSON.stringify(record) === JSON.stringify(known)) return known;
    this.#table.update(writer, record);
    if (record.standing === "open" && !sameInfo(known, record)) this.#publish(writer, record);
    return record;
  }

  /** As the person asked for it. */
  open(writer: Writer, account: AccountRecord, { id, ...info }: ConvInfo): ConvRecord & { conversation: number } {
    const record = this.learn(writer, account, id, info) ?? this.#table.insert(writer, account.row, "known", detailOf(id, info, undefined));
    return this.enter(writer, account, record, "open");
  }

  /** Makes sure that the core has it, and stands at `standing` from now on. */
  enter(
    writer: Writer,
    account: AccountRecord,
    record: ConvRecord,
    standing: "open" | "provisional",
  ): ConvRecord & { conversation: number } {
    const conversation = record.conversation ?? this.#found(writer, account, record.conv).row;
    const entered = { ...record, conversation, standing };
    if (record.conversation === conversation && record.standing === standing) return entered;
    this.#table.update(writer, entered);
    if (standing === "open") this.#publish(writer, entered);
    return entered;
  }

  close(writer: Writer, record: ConvRecord): ConvRecord {
    if (record.standing !== "open" && record.standing !== "provisional") return record;
    const closed = this.#table.update(writer, { ...record, standing: "closed" });
    if (record.conversation !== undefined) this.#publish(writer, closed);
    return closed;
  }

  /** Nobody waits any more for what was being opened. */
  closeProvisional(writer: Writer, account: AccountRecord): void {
    for (const record of this.inStanding(writer, account, "provisional")) this.close(writer, record);
  }

  inStanding(reader: Reader, account: AccountRecord, standing: Standing): ConvRecord[] {
    return [...this.#table.of(reader, account.row).values()].filter((record) => record.standing === standing);
  }

  #insert(writer: Writer, account: AccountRecord, conv: ConvId, patch: Partial<Omit<ConvInfo, "id">>): ConvRecord | undefined {
    if (this.#table.of(writer, account.row).size >= MAX_KNOWN) return undefined;
    return this.#table.insert(writer, account.row, "known", detailOf(conv, patch, undefined));
  }

  #found(writer: Writer, account: AccountRecord, conv: ConvId): Conversation {
    return writer.found({ kind: "bridge", account: writer.account.account, network: account.network, bridge: account.id, conv });
  }

  #publish(writer: Writer, record: ConvRecord): void {
    if (record.conversation !== undefined) writer.append(record.conversation, KIND.conversationInfo, toCbor(infoOf(record)));
  }
}

/** E3: what was said about an open conversation went with its entries; a later message is to be shown under its name again. */
export function republish(writer: Writer, conversation: number): void {
  const record = convByCoreRow(writer, conversation);
  if (record?.standing === "open") writer.append(conversation, KIND.conversationInfo, toCbor(infoOf(record)));
}

/** Body of `KIND.conversationInfo`. */
function infoOf({ name, topic, caps, standing }: ConvRecord) {
  const can = caps && { edit: caps.edit, reactions: caps.reactions, reply: caps.reply };
  return { name, topic, kind: caps?.kind ?? "group", open: standing === "open", maxBytes: caps?.text.maxBytes, can };
}

function sameInfo(a: ConvRecord, b: ConvRecord): boolean {
  return JSON.stringify(infoOf(a)) === JSON.stringify(infoOf(b));
}

function detailOf(conv: ConvId, patch: Partial<Omit<ConvInfo, "id">>, known: ConvDetail | undefined): ConvDetail {
  const topic = patch.topic === undefined ? known?.topic : clip(patch.topic, MAX_TOPIC);
  const url = patch.url === undefined ? known?.url : clip(patch.url, MAX_URL);
  return {
    conv,
    name: clip(patch.name || known?.name || conv, MAX_SHORT),
    topic: topic === "" ? undefined : topic,
    url,
    caps: patch.caps ?? known?.caps,
  };
}
