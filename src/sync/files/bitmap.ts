/** Which chunks of a file are there: one bit each, the lowest bit of the first byte for the first chunk. */
export class Bitmap {
  readonly length: number;
  readonly #bits: Uint8Array;
  #count: number;

  /** `bits` is copied. Throws a RangeError where it is not of this length, or has bits behind the end. */
  constructor(length: number, bits?: Uint8Array) {
    const bytes = Math.ceil(length / 8);
    if (bits !== undefined && bits.length !== bytes) throw new RangeError("not a bitmap of this length");
    this.length = length;
    this.#bits = bits === undefined ? new Uint8Array(bytes) : new Uint8Array(bits);
    if (length % 8 !== 0 && (this.#bits[bytes - 1] as number) >> (length % 8) !== 0) throw new RangeError("bits behind the end");
    this.#count = this.#bits.reduce((sum, byte) => sum + ones(byte), 0);
  }

  static full(length: number): Bitmap {
    const bits = new Uint8Array(Math.ceil(length / 8)).fill(255);
    if (length % 8 !== 0) bits[bits.length - 1] = (1 << (length % 8)) - 1;
    return new Bitmap(length, bits);
  }

  /** How many are there. */
  get count(): number {
    return this.#count;
  }
  get isFull(): boolean {
    return this.#count === this.length;
  }

  has(index: number): boolean {
    return (((this.#bits[index >> 3] as number) >> (index & 7)) & 1) === 1;
  }

  add(index: number): void {
    if (index < 0 || index >= this.length || this.has(index)) return;
    this.#bits[index >> 3] = (this.#bits[index >> 3] as number) | (1 << (index & 7));
    this.#count += 1;
  }

  delete(index: number): void {
    if (index < 0 || index >= this.length || !this.has(index)) return;
    this.#bits[index >> 3] = (this.#bits[index >> 3] as number) & ~(1 << (index & 7));
    this.#count -= 1;
  }

  bytes(): Uint8Array {
    return this.#bits.slice();
  }
}

function ones(byte: number): number {
  let rest = byte;
  let count = 0;
  for (; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
