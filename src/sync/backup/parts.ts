import { concat } from "../encoding/bytes.ts";
import { decodeCbor, encodeCbor, isList } from "../encoding/cbor.ts";
import { MalformedError } from "../errors.ts";
import { intField } from "./fields.ts";
import { damaged } from "./header.ts";

/** One thing of many in a backup. */
export interface PartInfo {
  name: string;
  /** Bytes that follow. */
  size: number;
  /** False: a program that does not know the part may pass it over. */
  required: boolean;
}

const MAX_INFO = 4096;
const MAX_NAME = 512;

/** In front of the bytes of a part. */
export function encodePart({ name, size, required }: PartInfo): Uint8Array {
  const info = encodeCbor([name, size, required]);
  return concat(uint32(info.length), info);
}

/** Behind the last part. */
export const END_OF_PARTS = new Uint8Array(4);

/** Takes the content of a backup apart: bytes in, parts out. Throws `damaged-backup`. */
export class PartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array();
  /** Of the part that was begun. */
  #left = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next part, what was not read of the one before passed over; undefined at the end, when all was authentic. */
  async next(): Promise<PartInfo | undefined> {
    for await (const _ of this.bytes());
    const length = new DataView((await this.#take(4)).slice().buffer).getUint32(0);
    if (length === 0) return this.#end();
    if (length > MAX_INFO) throw damaged("it has a part that cannot be read");
    const info = partOf(await this.#take(length));
    this.#left = info.size;
    return info;
  }

  /** The bytes of the part that was begun. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      if (this.#buffer.length === 0) await this.#fill();
      const chunk = this.#buffer.subarray(0, this.#left);
      this.#buffer = this.#buffer.subarray(chunk.length);
      this.#left -= chunk.length;
      yield chunk;
    }
  }

  async #end(): Promise<undefined> {
    const { done } = await this.#source.next();
    if (done !== true || this.#buffer.length > 0) throw damaged("something stands behind its end");
    return undefined;
  }

  async #take(n: number): Promise<Uint8Array> {
    while (this.#buffer.length < n) await this.#fill();
    const taken = this.#buffer.subarray(0, n);
    this.#buffer = this.#buffer.subarray(n);
    return taken;
  }

  async #fill(): Promise<void> {
    const step = await this.#source.next();
    if (step.done === true) throw damaged("it ends too early");
    this.#buffer = this.#buffer.length === 0 ? step.value : concat(this.#buffer, step.value);
  }
}

function partOf(bytes: Uint8Array): PartInfo {
  try {
    const fields = decodeCbor(bytes);
    if (!isList(fields) || fields.length < 3) throw new MalformedError("not a part");
    const [name, size, required] = fields;
    if (typeof name !== "string" || name.length > MAX_NAME || typeof required !== "boolean") throw new MalformedError("not a part");
    return { name, size: intField(size, 0, Number.MAX_SAFE_INTEGER), required };
  } catch (error) {
    if (error instanceof MalformedError) throw damaged("it has a part that cannot be read", error);
    throw error;
  }
}

function uint32(n: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}
