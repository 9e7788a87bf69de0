import { clean } from "./render/clean.ts";
import { sizeText } from "./render/time.ts";
import type { Session } from "./session.ts";

const WIDTH = 24;
const REDRAW_MS = 100;

/** How far a transfer is, on the person's terminal; nothing where there is none, or with `--json`. */
export class ProgressBar {
  readonly #session: Session;
  readonly #shown: boolean;
  readonly #begun = performance.now();
  #from: number | undefined;
  #drawn = Number.NEGATIVE_INFINITY;
  #length = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#shown = !session.json && session.shell.terminal.interactive;
  }

  /** `size` is undefined where nobody knows it. */
  async show(name: string, bytes: number, size: number | undefined): Promise<void> {
    this.#from ??= bytes;
    const now = performance.now();
    if (!this.#shown || (now - this.#drawn < REDRAW_MS && bytes !== size)) return;
    this.#drawn = now;
    const seconds = (now - this.#begun) / 1000;
    const line = `${clean(name, "line").slice(0, 30)}  ${barText(bytes, size)}  ${rateText(bytes - this.#from, seconds)}`;
    await this.#session.shell.stderr.write(`\r${line.padEnd(this.#length)}`);
    this.#length = line.length;
  }

  /** Takes the bar away. */
  async end(): Promise<void> {
    if (this.#shown && this.#length > 0) await this.#session.shell.stderr.write(`\r${" ".repeat(this.#length)}\r`);
    this.#length = 0;
  }
}

/** e.g. `[######------------------]  25 %  1.0 MiB of 4.0 MiB`. */
export function barText(bytes: number, size: number | undefined): string {
  if (size === undefined) return sizeText(bytes);
  const share = size === 0 ? 1 : Math.min(1, bytes / size);
  const full = Math.floor(share * WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${sizeText(bytes)} of ${sizeText(size)}`;
}

const rateText = (bytes: number, seconds: number): string => (seconds < 0.5 ? "" : `${sizeText(Math.round(bytes / seconds))}/s`);
