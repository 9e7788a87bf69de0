/** Shorter values stand in ordinary words: to replace them would tell more than it hides. */
const MIN_SECRET = 4;

/** Takes one account's secrets out of what is shown, logged or stored, and tells them to the log's own redactor. */
export class Redaction {
  readonly #register: (secret: string) => void;
  #secrets: string[] = [];

  constructor(register: (secret: string) => void) {
    this.#register = register;
  }

  add(secret: string): void {
    if (secret.length < MIN_SECRET || this.#secrets.includes(secret)) return;
    this.#register(secret);
    // Longest first, as one may hold another.
    this.#secrets = [...this.#secrets, secret].sort((a, b) => b.length - a.length);
  }

  apply(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  }
}
