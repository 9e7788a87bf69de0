import type { Conversation } from "../../../src/sync/core.ts";
import type { EntryRef } from "../../../src/sync/content/text.ts";
import { DOMAIN } from "../../../src/sync/domains.ts";
import type { Cbor } from "../../../src/sync/encoding/cbor.ts";
import { encodeBody, hashBody } from "../../../src/sync/log/body.ts";
import { encodeHeader, hashHeader } from "../../../src/sync/log/header.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";

export interface Place {
  conversation: Conversation;
  incarnation: Uint8Array;
}

/** Writes a device's entries by hand: they name nothing of other feeds, so that another device may get them in any order. */
export class Pen {
  readonly #author: SimDevice;
  readonly #place: Place;
  #seq = 0;
  #prev: Uint8Array | null = null;

  constructor(author: SimDevice, place: Place) {
    this.#author = author;
    this.#place = place;
  }

  /** Where its entry of this number stands, written or not. */
  static ref(author: SimDevice, { incarnation }: Place, seq: number): EntryRef {
    return { feed: author.key, inc: incarnation, seq };
  }

  async write(kind: number, hlc: { ms: number; n: number }, content: Cbor): Promise<Run> {
    const { device, signer, key } = this.#author;
    const { crypto, random, account } = device;
    const body = encodeBody(random, content);
    const header = encodeHeader({
      ...{
        conversation: this.#place.conversation.id,
        feed: key,
        incarnation: this.#place.incarnation,
        seq: ++this.#seq,
        prev: this.#prev,
        parents: [],
      },
      ...{ hlc, accountHead: account.head, permissionHead: null, kind, bodyHash: hashBody(crypto, body), bodySize: body.length },
    });
    this.#prev = hashHeader(crypto, header);
    const signature = await signer.sign(DOMAIN.entrySignature, this.#prev);
    return { feed: key, incarnation: this.#place.incarnation, entries: [{ header, body }], signature };
  }
}
