import { open, rm } from "node:fs/promises";
import { HomeportError } from "../api/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Takes the 24 words to the person; `undo` takes back what was written when no profile came of it. */
export interface RecoveryPlace {
  show(words: Uint8Array): Promise<void>;
  undo(): Promise<void>;
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

const BEFORE = text(
  "\nThese 24 words bring your account back when all devices are lost, and they outrank every device.\n" +
    "Write them down on paper and keep them safe; they are not shown again:\n\n",
);
const AFTER = text("\n\n");

/** Throws `needs-terminal` where there is none: then nobody would ever see the words. */
export async function wordsToTerminal(terminal: Terminal): Promise<RecoveryPlace> {
  if (!(await terminal.canTell()))
    throw new HomeportError(
      "needs-terminal",
      "There is no terminal to show the recovery words on: run this on one, or give --recovery-file FILE to have them written there, or --no-recovery to do without.",
    );
  return {
    async show(words) {
      for (const part of [BEFORE, words, AFTER]) await terminal.tell(part);
    },
    undo: async () => undefined,
  };
}

/** A new file that only the person can read; one that is there is never overwritten. */
export function wordsToFile(path: string, note = ""): RecoveryPlace {
  let written = false;
  return {
    async show(words) {
      const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
        const { code } = cause as NodeJS.ErrnoException;
        const why = code === "EEXIST" ? "is there already" : `cannot be written (${code ?? "unknown error"})`;
        throw new HomeportError("recovery-file", `${path} ${why}; name another file by --recovery-file.`, { cause });
      });
      written = true;
      try {
        for (const part of [words, text(`\n${note}`)]) await file.writeFile(part);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    undo: async () => (written ? rm(path, { force: true }) : undefined),
  };
}
