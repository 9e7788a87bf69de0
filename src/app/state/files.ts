import type { Client } from "../../api/client.ts";
import type { Result } from "../../api/methods.ts";
import type { SecurityLabel } from "../../security-labels/index.ts";
import type { Bulk } from "../connection/bulk.ts";

export interface SendFiles {
  conversation: string;
  text?: string;
  minLabel?: SecurityLabel;
  /** At most 16; dropped, pasted or chosen. */
  files: readonly File[];
}

export interface TransferOptions {
  /** Aborting it ends the transfer; nothing is left of a file that was being sent. */
  signal?: AbortSignal | undefined;
  /** Sending: bytes of the n-th file that the device has taken. Opening: bytes of the file that are there, of `total`. */
  onProgress?: ((progress: { n: number; bytes: number; total: number }) => void) | undefined;
}

/** Shown by the browser as what they are; all else is a file to be saved. Pages and SVG could run something. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** Files to and from the device, over any kind of connection. Errors are `HomeportError`s of the device. */
export class FileTransfers {
  readonly #client: Client;
  readonly #bulk: Bulk;

  constructor(client: Client, bulk: Bulk) {
    this.#client = client;
    this.#bulk = bulk;
  }

  /** One message with all files, which is stored once all are on the device. */
  send(
    { conversation, text = "", minLabel, files }: SendFiles,
    { signal, onProgress }: TransferOptions = {},
  ): Promise<Result<"file.send">> {
    const named = files.map(({ name, type, size }) => ({ name: name || "file", mime: type || "application/octet-stream", size }));
    const params = { conversation, text, files: named, ...(minLabel === undefined ? {} : { minLabel }) };
    return this.#client.call("file.send", params, {
      signal,
      onEvent: (event) => {
        const file = files[event.n];
        if (!file) return;
        if (event.event === "progress") return onProgress?.({ n: event.n, bytes: event.bytes, total: file.size });
        // Beside the events; what breaks it off shows in the call.
        this.#bulk.upload(event.ticket, file).catch(() => undefined);
      },
    });
  }

  /**
   * The bytes of a file, fetched from another device first where this one does not have them. For a picture, sound or film the
   * blob has its type, otherwise none: `URL.createObjectURL` of it shows it, or saves it by a link with `download`.
   */
  async open(file: string, { signal, onProgress }: TransferOptions = {}): Promise<Blob> {
    let row = await this.#client.call("file.fetch", { file }, { signal });
    const { mime, size: total } = row;
    if (row.state !== "here") {
      const onEvent = ({ received }: { received: number }) => onProgress?.({ n: 0, bytes: received, total });
      row = await this.#client.call("file.wait", { file }, { signal, onEvent });
    }
    let taken: Promise<Blob> | undefined;
    await this.#client.call(
      "file.open",
      { file },
      {
        signal,
        onEvent: ({ ticket }) => {
          taken = this.#bulk.download(ticket, (bytes) => onProgress?.({ n: 0, bytes, total }));
          // Told by the call, or below.
          taken.catch(() => undefined);
        },
      },
    );
    const blob = (await taken) ?? new Blob();
    return SHOWN.test(mime) ? blob.slice(0, blob.size, mime) : blob;
  }
}
