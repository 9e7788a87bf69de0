import type { Channel } from "../../api/channel.ts";

/** Bytes of files between a page and the device that it is connected to, whichever that is; beside the calls, by their tickets. */
export interface Bulk {
  /**
   * Gives the device the bytes that it asked for by the event `upload` of `file.send`. Resolves when they are handed over: whether
   * they arrived says the call. A file that is read bit by bit is never held in memory as a whole.
   */
  upload(ticket: string, file: Blob): Promise<void>;
  /**
   * Takes the bytes that the device offers by the event `download` of `file.open`; the browser may keep them on disk.
   * `onProgress` gets how many are there. Rejects with `HomeportError` `broken-off`.
   */
  download(ticket: string, onProgress: (bytes: number) => void): Promise<Blob>;
}

/** What a page needs of a device. */
export interface Connection {
  channel: Channel;
  bulk: Bulk;
}
