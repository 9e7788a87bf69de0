import { type Moment, moment } from "../api/moments.ts";
import type { Conversation } from "../sync/core.ts";
import type { Device } from "../sync/device.ts";
import { sameBytes } from "../sync/encoding/bytes.ts";
import { Listeners } from "../sync/listeners.ts";
import { conversationText, parseId, PREFIX } from "../sync/log/public-id.ts";
import type { Sessions } from "../sync/session/sessions.ts";
import { bridgeAccount } from "./views/newest.ts";

/** Name of the live message between own devices. */
const TOPIC = "moment";

/** Without its conversation. */
export type Said = Moment extends infer M ? (M extends Moment ? Omit<M, "conversation"> : never) : never;

/** Who types and who is there, as networks tell it: passed on to the own devices that are connected, and never stored. */
export class Moments {
  readonly heard = new Listeners<[Moment]>();
  readonly #device: Device;
  readonly #sessions: Sessions;

  constructor(device: Device, sessions: Sessions) {
    this.#device = device;
    this.#sessions = sessions;
    sessions.live.add((from, topic, text) => {
      if (topic === TOPIC) this.#hear(from, text);
    });
  }

  /** From a bridge that is hosted here. `conversation`: row in the core. */
  tell(row: number, said: Said): void {
    const conversation = this.#device.conversation(row);
    const whole = conversation && moment.safeParse({ ...said, conversation: conversationText(conversation.id) }).data;
    if (!whole) return;
    this.#sessions.broadcast(TOPIC, JSON.stringify(whole));
    this.heard.tell(whole);
  }

  #hear(from: Uint8Array, text: string): void {
    const said = moment.safeParse(tryParse(text)).data;
    const id = said && parseId(PREFIX.conversation, said.conversation);
    const conversation = id && this.#device.conversationById(id);
    if (said && conversation && this.#hosts(from, conversation)) this.heard.tell(said);
  }

  /** A device speaks of its own bridges only. */
  #hosts(device: Uint8Array, { founding }: Conversation): boolean {
    if (founding.kind !== "bridge") return false;
    const account = bridgeAccount(this.#device, this.#device.ownLog, founding.bridge);
    return account !== undefined && sameBytes(account.device, device);
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
