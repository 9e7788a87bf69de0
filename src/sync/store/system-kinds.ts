import { conversationSchema, type CutBody, cutSchema, deviceSchema } from "../content/own.ts";
import { KIND } from "../content/kinds.ts";
import type { Conversation, Founding, Projection, StoredEntry, Writer } from "../core.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { sameBytes } from "../encoding/bytes.ts";
import { MalformedError } from "../errors.ts";
import { decodeFounding, encodeFounding } from "../log/founding.ts";
import type { DeviceRecords } from "./devices.ts";
import type { LogStore } from "./log-store.ts";
import { CORE_MIGRATIONS } from "./schema.ts";

/** What the core itself reads out of the log: which conversations, devices and cuts there are. */
export function coreProjection(
  store: LogStore,
  devices: DeviceRecords,
  learned: (conversation: Conversation) => void,
  cut: (writer: Writer, conversation: number, body: CutBody) => void,
): Projection {
  return {
    name: "core",
    migrations: CORE_MIGRATIONS,
    kinds: new Set([KIND.conversation, KIND.device, KIND.cut]),
    integrated(writer, entry, body) {
      const inOwnLog = writer.conversation(entry.conversationRow)?.founding.kind === "self";
      if (entry.kind === KIND.conversation && inOwnLog) learnConversation(writer, store, body, learned);
      if (entry.kind === KIND.device && inOwnLog) learnDevice(writer, devices, entry, body);
      const parsed = entry.kind === KIND.cut ? cutSchema.safeParse(body) : undefined;
      if (parsed?.success) cut(writer, entry.conversationRow, parsed.data);
    },
    retracted(writer, entry) {
      if (entry.kind === KIND.conversation) announceAgain(writer, entry);
    },
  };
}

function learnConversation(writer: Writer, store: LogStore, body: Cbor | undefined, learned: (conversation: Conversation) => void): void {
  const parsed = conversationSchema.safeParse(body);
  if (!parsed.success) return;
  const founding = tryFounding(parsed.data.founding);
  // An own-devices log only names conversations of this account (J4).
  if (!founding || founding.kind === "self" || !sameBytes(founding.account, writer.account.account)) return;
  if (writer.conversationByFounding(founding)) return;
  const conversation = store.addConversation(founding);
  writer.afterCommit(() => learned(conversation));
}

/** C1: who heard of it by an entry that does not count any more is the one who tells the others of it. */
function announceAgain(writer: Writer, { row, conversationRow }: StoredEntry): void {
  const parsed = conversationSchema.safeParse(writer.body(row));
  const founding = parsed.success ? tryFounding(parsed.data.founding) : undefined;
  const isOwnLog = writer.conversation(conversationRow)?.founding.kind === "self";
  if (!isOwnLog || !founding || !writer.conversationByFounding(founding)) return;
  writer.append(conversationRow, KIND.conversation, { founding: encodeFounding(founding) });
}

function learnDevice(writer: Writer, devices: DeviceRecords, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = deviceSchema.safeParse(body);
  if (!parsed.success || !devices.put(parsed.data, entry.hlc, writer.now())) return;
  writer.afterCommit(() => devices.changes.tell(parsed.data.device));
}

function tryFounding(encoded: Uint8Array): Founding | undefined {
  try {
    return decodeFounding(encoded);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
