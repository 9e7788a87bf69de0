import { KIND } from "../../src/sync/content/kinds.ts";
import type { StoredEntry } from "../../src/sync/core.ts";
import { deleteConversation, deleteEntries } from "../../src/sync/deletion/delete.ts";
import type { Cbor } from "../../src/sync/encoding/cbor.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import { markSeen } from "../../src/device/views/unread.ts";
import type { SimDevice } from "./sim-device.ts";
import type { SimNetwork } from "./sim-network.ts";

/** Seconds. */
const TIMES_TO_LIVE = [5, 60];

/** What people say about messages and conversations, and what they delete. Each is one commit of one device. */
export class Sayings {
  /** Texts that were deleted by somebody, or go by themselves: nobody misses them. */
  readonly mayGo = new Set<string>();
  /** Texts that go by themselves. */
  readonly fleeting = new Set<string>();
  /** Ids of conversations of which everything was deleted at some time, in hexadecimal. */
  readonly emptied = new Set<string>();
  readonly #network: SimNetwork;

  constructor(network: SimNetwork) {
    this.#network = network;
  }

  /**
   * A deletion may have been forgotten by the one who said it: its disk was set back, or it lies behind a cut. Then some devices
   * may have heard that a text is gone, and others not.
   */
  mayBeForgotten = false;

  /** What devices may differ in. `body`: the text as it was written; undefined where it is gone. */
  mayDiffer(body: string | undefined, conversation: string): boolean {
    const isEmptied = [...this.emptied].some((id) => id.startsWith(conversation));
    return this.mayBeForgotten && (isEmptied || body === undefined || this.mayGo.has(body));
  }

  /** E1: nobody says of it any more that it is missing, once it was to go. */
  isMissed(text: string, conversation: string | undefined): boolean {
    return !this.mayGo.has(text) && !(conversation !== undefined && this.emptied.has(conversation));
  }

  say(device: SimDevice, unique: string): void {
    const { chance } = this.#network;
    const target = this.#message(device);
    const act = chance.below(10);
    if (act === 0) return this.#fleeting(device, unique);
    if (!target) return;
    const ref = { target: { feed: target.feed, inc: target.incarnation, seq: target.seq } };
    const row = target.conversationRow;
    if (act < 3) this.#append(device, row, KIND.edit, { ...ref, text: `${unique} edited` });
    else if (act === 3) this.#append(device, row, KIND.reaction, { ...ref, emoji: chance.pick(["👍", "🎉"]), on: chance.yes(0.7) });
    else if (act === 4) this.#append(device, row, KIND.pinMessage, { ...ref, on: chance.yes(0.7) });
    else if (act === 5) device.device.transact((writer) => markSeen(writer, target));
    else if (act === 6) this.#append(device, row, KIND.draft, { text: chance.pick(["", unique]) });
    else if (act === 7) this.#append(device, row, chance.pick([KIND.pinConversation, KIND.archive]), { on: chance.yes(0.5) });
    else if (act === 8) this.#append(device, row, KIND.retention, { days: chance.pick([null, 30]) });
    else this.#delete(device, target);
  }

  #append(device: SimDevice, row: number, kind: number, body: { [key: string]: Cbor }): void {
    device.device.transact((writer) => writer.append(row, kind, body));
  }

  #fleeting(device: SimDevice, text: string): void {
    this.mayGo.add(text);
    this.fleeting.add(text);
    const ttl = this.#network.chance.pick(TIMES_TO_LIVE);
    this.#append(device, device.device.ownLog.row, KIND.text, { text, style: "text", ttl });
  }

  #delete(device: SimDevice, target: StoredEntry): void {
    const { chance } = this.#network;
    const conversation = device.device.conversation(target.conversationRow);
    if (conversation?.founding.kind === "bridge" && chance.yes(0.2)) {
      this.emptied.add(toHex(conversation.id));
      device.device.transact((writer) => deleteConversation(writer, device.device.cuts, conversation, "reopen"));
      return;
    }
    const text = (device.device.body(target.row) as { text?: string } | undefined)?.text;
    if (text !== undefined) this.mayGo.add(text);
    device.device.transact((writer) => deleteEntries(writer, [target]));
  }

  #message(device: SimDevice): StoredEntry | undefined {
    const rows = device.sql.all<{ row: number }>("select row from entry where shown = 1 and body is not null order by row desc limit 30");
    return rows.length === 0 ? undefined : device.device.entry(this.#network.chance.pick(rows).row);
  }
}
