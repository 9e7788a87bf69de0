import { deliverySchema } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { entryRefSchema } from "../../sync/content/text.ts";
import type { StoredEntry, Writer } from "../../sync/core.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { placeKey, stampOf } from "../../sync/log/stamp.ts";
import { referred, refOf } from "./referred.ts";
import { STATE_NUMBER } from "./states.ts";

/** Kinds whose way to a network is told of. */
const CARRIED: readonly number[] = [KIND.text, KIND.edit, KIND.reaction];

/** Keeps the newest that was said about what became of an own entry, also of one that is not here yet. */
export function takeDelivery(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
  const parsed = deliverySchema.safeParse(body);
  if (!parsed.success) return;
  const target = referred(writer, entry, parsed.data.target);
  if (target) return apply(writer, target, entry, STATE_NUMBER[parsed.data.state]);
  writer.sql.run(
    "insert or ignore into early_delivery (conversation, target, delivery) values (?, ?, ?)",
    ...[entry.conversationRow, placeKey(parsed.data.target), entry.row],
  );
}

/** An entry came of which it may have been told what became of it. */
export function takeEarlyDeliveries(writer: Writer, entry: StoredEntry): void {
  if (!CARRIED.includes(entry.kind) || writer.conversation(entry.conversationRow)?.founding.kind !== "bridge") return;
  const place = [entry.conversationRow, placeKey(refOf(entry))] as const;
  const early = writer.sql.all<{ delivery: number }>("select delivery from early_delivery where conversation = ? and target = ?", ...place);
  if (early.length === 0) return;
  for (const { delivery } of early) {
    const stored = writer.entry(delivery);
    const parsed = deliverySchema.safeParse(writer.body(delivery));
    if (stored && parsed.success) apply(writer, entry, stored, STATE_NUMBER[parsed.data.state]);
  }
  writer.sql.run("delete from early_delivery where conversation = ? and target = ?", ...place);
}

function apply(writer: Writer, target: StoredEntry, delivery: StoredEntry, state: number): void {
  if (!CARRIED.includes(target.kind)) return;
  const { changes } = writer.sql.run(
    `insert into message_state (entry, delivery, state, hlc_ms, stamp) values (?, ?, ?, ?, ?)
     on conflict (entry) do update set delivery = excluded.delivery, state = excluded.state, hlc_ms = excluded.hlc_ms, stamp = excluded.stamp
       where excluded.stamp > message_state.stamp`,
    ...[target.row, delivery.row, state, delivery.hlc.ms, stampOf(delivery)],
  );
  if (changes === 0) return;
  if (target.kind === KIND.text) writer.touch(target.row);
  else touchMessage(writer, target);
}

/** What became of an edit or a reaction shows in the message that it is about. */
function touchMessage(writer: Writer, note: StoredEntry): void {
  const body = writer.body(note.row) as { target?: unknown } | undefined;
  const parsed = entryRefSchema.safeParse(body?.target);
  const message = parsed.success ? referred(writer, note, parsed.data) : undefined;
  if (message) writer.touch(message.row, "content");
}
