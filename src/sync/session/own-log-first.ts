import type { Device } from "../device.ts";
import type { Position } from "../log/vector.ts";

/** A peer whose own-devices log cannot be taken in full, e.g. as it waits for the account, is served after this time all the same. */
const PATIENCE_MS = 30_000;

/**
 * E4: nothing else is sent to a peer before this device holds as much of the own-devices log as the peer: it may have been away
 * while something was deleted.
 */
export class OwnLogFirst {
  readonly #device: Device;
  readonly #opened: () => void;
  readonly #cancel: () => void;
  readonly #waiting: (() => void)[] = [];
  #open = false;
  /** What the peer holds of the own-devices log. */
  #peer: readonly Position[] | undefined;

  constructor(device: Device, opened: () => void) {
    this.#device = device;
    this.#opened = opened;
    this.#cancel = device.clock.after(PATIENCE_MS, () => this.open());
  }

  close(): void {
    this.#cancel();
    this.#waiting.length = 0;
  }

  /** Runs at once for the own-devices log itself, for the rest when its turn has come. */
  run(conversation: number, begin: () => void): void {
    if (this.#open || conversation === this.#device.ownLog.row) begin();
    else this.#waiting.push(begin);
  }

  peerHolds(positions: readonly Position[]): void {
    this.#peer = positions;
    this.check();
  }

  /** Something came in. */
  check(): void {
    if (!this.#open && this.#peer?.every((position) => this.#holds(position))) this.open();
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#cancel();
    for (const begin of this.#waiting.splice(0)) begin();
    this.#opened();
  }

  #holds({ device, incarnation, seq }: Position): boolean {
    return (this.#device.store.findFeed(this.#device.ownLog.row, device, incarnation)?.headSeq ?? 0) >= seq;
  }
}
