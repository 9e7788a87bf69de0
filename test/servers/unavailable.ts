/** A part that a test needs cannot be had on this machine. `hint` says how to get it. */
export class Unavailable extends Error {
  readonly reason: string;
  readonly hint: string;
  constructor(reason: string, hint: string, options?: { cause?: unknown }) {
    super(`${reason} (${hint})`, options);
    this.name = "Unavailable";
    this.reason = reason;
    this.hint = hint;
  }
}
