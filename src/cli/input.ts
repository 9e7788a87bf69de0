import { readFile, stat } from "node:fs/promises";
import { HomeportError } from "../api/errors.ts";
import { UsageError } from "./failure.ts";

/** Most bytes of a file or of stdin that a command takes. */
const MAX_INPUT = 256 * 1024;

/** Throws `not-found` or `too-large`, and `UsageError` for what is not UTF-8. */
export async function readText(path: string): Promise<string> {
  return decode(await readBytes(path), path);
}

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_INPUT) throw tooLarge(path);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof HomeportError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new HomeportError("not-found", `${path} cannot be read (${code ?? "unknown error"}); check the path and its permissions.`, {
      cause,
    });
  }
}

export async function readStdin(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    length += chunk.length;
    if (length > MAX_INPUT) throw tooLarge("stdin");
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), "stdin");
}

/** Without the line break at its end. */
export const withoutLastBreak = (text: string): string => text.replace(/\r?\n$/, "");

const tooLarge = (what: string): HomeportError => new HomeportError("too-large", `${what} is larger than ${MAX_INPUT / 1024} KiB.`);

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${what} is not UTF-8 text.`);
  }
}
