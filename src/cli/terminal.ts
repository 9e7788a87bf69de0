import { open } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { HomeportError } from "../api/errors.ts";

/** The person at the keyboard, if there is one. Nothing here ever goes to stdout. */
export interface Terminal {
  /** Whether a question would be seen and could be answered. */
  readonly interactive: boolean;
  /** False also where the person breaks the question off, or `signal` does. */
  confirm(question: string, signal?: AbortSignal): Promise<boolean>;
  /** Typed without an echo. Throws `needs-terminal` where nobody can be asked, `cancelled` where the person breaks off. */
  secret(question: string): Promise<Uint8Array>;
  /** Whether `tell` would reach a person. */
  canTell(): Promise<boolean>;
  /** Writes what only the person may see: to stderr where it is a terminal, else to the controlling terminal. */
  tell(bytes: Uint8Array): Promise<void>;
}

interface Tty {
  isTTY?: boolean | undefined;
}

/** `interrupt` is called for Ctrl-C at a question, which then raises no signal by itself. */
export function terminalOf(stdin: Readable & Tty, stderr: Writable & Tty, interrupt: () => void): Terminal {
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  return {
    interactive,
    async confirm(message, signal) {
      if (!interactive) return false;
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({
        message,
        initialValue: false,
        input: stdin,
        output: stderr,
        ...(signal === undefined ? {} : { signal }),
      });
      if (isCancel(answer) && signal?.aborted !== true) interrupt();
      return answer === true;
    },
    async secret(message) {
      if (!interactive)
        throw new HomeportError("needs-terminal", `${message} cannot be asked for here: give it in a file, or run this on a terminal.`);
      const { isCancel, password } = await import("@clack/prompts");
      const answer = await password({ message, input: stdin, output: stderr });
      if (isCancel(answer)) interrupt();
      if (isCancel(answer)) throw new HomeportError("cancelled", "Nothing was changed.");
      return new TextEncoder().encode(answer ?? "");
    },
    canTell: async () => stderr.isTTY === true || (await withTty(async () => undefined)),
    async tell(bytes) {
      if (stderr.isTTY === true)
        await new Promise<void>((resolve, reject) => stderr.write(bytes, (error) => (error ? reject(error) : resolve())));
      else if (!(await withTty((tty) => tty.writeFile(bytes))))
        throw new HomeportError("needs-terminal", "There is no terminal to write to.");
    },
  };
}

/** False where the process has no controlling terminal. */
async function withTty(use: (tty: { writeFile(bytes: Uint8Array): Promise<void> }) => Promise<void>): Promise<boolean> {
  const tty = await open("/dev/tty", "w").catch(() => undefined);
  if (tty === undefined) return false;
  try {
    await use(tty);
  } finally {
    await tty.close();
  }
  return true;
}
