import type { Listeners } from "../listeners.ts";

/** Who could be asked for files, and how a link to it comes about. */
export interface FilePeers {
  /** Keys of the devices that are connected now. */
  online(): Uint8Array[];
  readonly changes: Listeners<[device: Uint8Array, connected: boolean]>;
  /** Has a link made, by whichever side can dial the other; it comes in like any other, or never. */
  reach(device: Uint8Array): void;
}
