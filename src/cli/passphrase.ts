import { HomeportError } from "../api/errors.ts";
import { readBytes } from "./input.ts";
import type { AskPassphrase } from "./node-entry.ts";
import type { Terminal } from "./terminal.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** From the file if one is named, else typed. `fresh`: a new one is typed twice. */
export function askPassphrase(terminal: Terminal, file: string | undefined, fresh: boolean): AskPassphrase {
  return async () => {
    const given = file === undefined ? await typed(terminal, fresh) : withoutLastBreaks(await readBytes(file));
    if (given.length === 0) throw new HomeportError("locked-vault", "The passphrase is empty; give another one.");
    return given;
  };
}

async function typed(terminal: Terminal, fresh: boolean): Promise<Uint8Array> {
  if (!terminal.interactive)
    throw new HomeportError("needs-terminal", "The passphrase cannot be asked for here: give it by --passphrase-file FILE.");
  const first = await terminal.secret("Passphrase");
  if (!fresh) return first;
  const second = await terminal.secret("The same passphrase again");
  const same = Buffer.compare(first, second) === 0;
  second.fill(0);
  if (!same) throw new HomeportError("wrong-passphrase", "The two passphrases are not the same; nothing was made.");
  return first;
}

/** A view of the same bytes, so that whoever wipes the result wipes all that counts. */
function withoutLastBreaks(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === NEWLINE || bytes[end - 1] === RETURN)) end--;
  return bytes.subarray(0, end);
}
