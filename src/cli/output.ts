import type { Writable } from "node:stream";

export interface Output {
  /** Resolves when the stream has taken it, so that who prints is slowed down to who reads. */
  write(text: string): Promise<void>;
}

/** `onGone` is called once when nobody reads any more (EPIPE); from then on everything is dropped quietly. */
export function outputTo(stream: Writable, onGone: () => void): Output {
  let gone = false;
  stream.on("error", () => {
    if (gone) return;
    gone = true;
    onGone();
  });
  return {
    write: (text) =>
      new Promise((resolve) => {
        if (gone) resolve();
        else stream.write(text, () => resolve());
      }),
  };
}
