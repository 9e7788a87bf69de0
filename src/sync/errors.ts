/**
 * An error that a person or a script meets. `code` is stable and part of the public interface; `message` is one sentence
 * that says what to do. It never holds a secret.
 */
export class HomeportError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "HomeportError";
    this.code = code;
  }
}

/** Input from outside that breaks the format. Caught per message; one bad frame never stops a loop. */
export class MalformedError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MalformedError";
  }
}
