import { writeFile } from "node:fs/promises";
import { HomeportError } from "../api/errors.ts";

/** A new file that only the person can read. Throws `exists` or `not-writable`. */
export async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx" }).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new HomeportError("exists", `${path} is there already; name another file.`, { cause });
    throw new HomeportError("not-writable", `${path} cannot be written (${code ?? "unknown error"}).`, { cause });
  });
}
