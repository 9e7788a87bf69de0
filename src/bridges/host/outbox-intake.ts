import { deliverySchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { textSchema } from "../../sync/content/text.ts";
import { standingOf } from "../../sync/account/resolve.ts";
import type { StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import { canCarry } from "./carriable.ts";
import { convByCoreRow, type ConvRecord } from "./conversation-table.ts";
import { isHostedHere } from "./hosting.ts";
import { keepNote, labelAskedFor, readNote } from "./notes.ts";
import type { Outbox } from "./outbox.ts";
import { isTooOld, type PartEvent, TOO_OLD } from "./outbox-decisions.ts";

/** Bridged conversations that were never open here have none; what is written there still gets its answer. */
const NO_CONVERSATION = 0;

/**
 * What the host makes of an entry that this device integrated: an own message in a conversation of an account that this
 * device hosts goes into the outbox, once and for ever. Never throws for what an entry says.
 */
export function takeEntry(outbox: Outbox, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  if (entry.kind === KIND.text) takeText(outbox, writer, entry, body);
  if (entry.kind === KIND.edit || entry.kind === KIND.reaction) takeNote(outbox, writer, entry, body);
  if (entry.kind === KIND.delivery && (entry.own || isElsewhere(writer, entry))) takeDelivery(outbox, writer, entry, body);
}

function takeText(outbox: Outbox, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  if (body === undefined) return;
  const text = textSchema.safeParse(body);
  take(outbox, writer, entry, text.data?.minLabel ?? "plaintext", (conversation, removed) =>
    obstacleOf({ removed, open: conversation?.standing === "open", readable: text.success }),
  );
}

function takeNote(outbox: Outbox, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  if (body === undefined) return;
  const note = readNote(entry.kind, body);
  const minLabel = note ? labelAskedFor(writer, entry, note) : "plaintext";
  take(outbox, writer, entry, minLabel, (conversation, removed) => {
    if (note) keepNote(writer, entry, note);
    const obstacle = obstacleOf({ removed, open: conversation?.standing === "open", readable: note !== undefined });
    const refusal = note && canCarry(conversation?.caps, note.kind);
    return obstacle ?? (refusal && { event: "cancel", reason: refusal.message, code: refusal.code });
  });
}

/** `obstacle` is asked once the entry is in the outbox. */
function take(
  outbox: Outbox,
  writer: Writer,
  entry: StoredEntry,
  minLabel: SecurityLabel,
  obstacle: (conversation: ConvRecord | undefined, removed: boolean) => PartEvent | undefined,
): void {
  const founding = writer.conversation(entry.conversationRow)?.founding;
  if (founding?.kind !== "bridge") return;
  const account = writer.sql.get<{ row: number; removed: number }>("select row, removed from bridge_account where id = ?", founding.bridge);
  if (!account) return;
  const conversation = convByCoreRow(writer, entry.conversationRow);
  if (!outbox.enqueue(writer, { entry, account: account.row, conversation: conversation?.row ?? NO_CONVERSATION, minLabel })) return;
  const event = obstacle(conversation, account.removed === 1) ?? patienceOf(writer, entry);
  // Elsewhere, what becomes of it is for the device that runs the account to say; here it waits for its word.
  if (event && isHostedHere(writer, founding.bridge)) outbox.applyToAll(writer, entry.row, event);
}

function obstacleOf({ removed, open, readable }: { removed: boolean; open: boolean; readable: boolean }): PartEvent | undefined {
  if (removed) return { event: "cancel", reason: "The account of this conversation was removed." };
  if (!open) return { event: "cancel", reason: "This conversation is closed. Open it again to write in it." };
  if (!readable) return { event: "cancel", reason: "This message is in a form that the home PC does not know. Update Homeport there." };
  return undefined;
}

/** What is not sent without asking. */
function patienceOf(writer: Writer, entry: StoredEntry): PartEvent | undefined {
  if (isTooOld(entry.hlc.ms, writer.now())) return { event: "expire", reason: TOO_OLD };
  if (standingOf(writer.account, entry.feed)?.state === "admitted") return undefined;
  return { event: "expire", reason: "This was written on a device that is not one of yours any more. Send it?" };
}

/** On an account that another device runs. */
function isElsewhere(writer: Writer, entry: StoredEntry): boolean {
  const founding = writer.conversation(entry.conversationRow)?.founding;
  return founding?.kind === "bridge" && !isHostedHere(writer, founding.bridge);
}

function takeDelivery(outbox: Outbox, writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const delivery = deliverySchema.safeParse(body);
  if (!delivery.success) return;
  const { target: named, ...state } = delivery.data;
  const { feed, inc, seq } = named;
  const target = writer.entryAt({ conversation: entry.conversation, feed, incarnation: inc, seq });
  if (target) outbox.adopt(writer, target.row, state);
}
