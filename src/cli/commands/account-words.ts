import { stat } from "node:fs/promises";
import { HomeportError } from "../../api/errors.ts";
import { readBytes } from "../input.ts";
import type { Terminal } from "../terminal.ts";

/** The 24 words, UTF-8. Throws `open-file` where others than the person can read the file, `needs-terminal`, `not-found`. */
export async function readWords({ "words-file": file }: { "words-file": string | undefined }, terminal: Terminal): Promise<Uint8Array> {
  if (file === undefined) return terminal.secret("The 24 recovery words");
  const words = await readBytes(file);
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new HomeportError("open-file", `Others can read ${file}: make it yours alone by \`chmod 600\`, and see who may have read it.`);
  return words;
}
