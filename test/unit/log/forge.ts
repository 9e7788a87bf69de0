import { DOMAIN } from "../../../src/sync/domains.ts";
import type { Conversation } from "../../../src/sync/core.ts";
import { concat } from "../../../src/sync/encoding/bytes.ts";
import { encodeBody, hashBody } from "../../../src/sync/log/body.ts";
import { encodeHeader, type Header, hashHeader, type Parent } from "../../../src/sync/log/header.ts";
import type { Run } from "../../../src/sync/log/run.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";

/** A feed that a device could have written, entry by entry as a test wants it. */
export class ForgedFeed {
  readonly incarnation: Uint8Array;
  readonly #by: SimDevice;
  readonly #conversation: Conversation;
  #last: { header: Header; hash: Uint8Array } | undefined;
  #entries: Run["entries"] = [];

  constructor(by: SimDevice, conversation: Conversation, number: number) {
    this.#by = by;
    this.#conversation = conversation;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(4, number);
    this.incarnation = concat(by.device.crypto.hash(DOMAIN.vectorDigest, bytes).subarray(0, 4), bytes.subarray(4));
  }

  /** Adds an entry; what it is needs no more than to be there. */
  add(ms: number, parents: readonly Parent[] = [], text = "x"): Parent {
    const { crypto, random, account, self } = this.#by.device;
    const body = encodeBody(random, { text, style: "text" });
    const seq = (this.#last?.header.seq ?? 0) + 1;
    const header: Header = {
      ...{ conversation: this.#conversation.id, feed: self, incarnation: this.incarnation, seq, prev: this.#last?.hash ?? null, parents },
      ...{
        hlc: { ms, n: 0 },
        accountHead: account.head,
        permissionHead: null,
        kind: 1,
        bodyHash: hashBody(crypto, body),
        bodySize: body.length,
      },
    };
    const encoded = encodeHeader(header);
    const hash = hashHeader(crypto, encoded);
    this.#last = { header, hash };
    this.#entries.push({ header: encoded, body });
    return { feed: self, incarnation: this.incarnation, seq, hash };
  }

  /** What was added since the last run, signed. */
  async run(): Promise<Run> {
    const signature = await this.#by.signer.sign(DOMAIN.entrySignature, (this.#last as { hash: Uint8Array }).hash);
    const entries = this.#entries;
    this.#entries = [];
    return { feed: this.#by.device.self, incarnation: this.incarnation, entries, signature };
  }
}
