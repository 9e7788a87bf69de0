import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type AddressChoice, addressChoice } from "../../api/web.ts";

const FILE = "web.json";
export const MAX_SESSIONS = 16;

const storedSchema = z.object({
  /** W3: what a browser keeps is bound to the origin, so that a port that was chosen once is kept. */
  port: z.int().min(0).max(65_535),
  /** Hashes of what the browsers hold. */
  sessions: z.array(z.object({ cookie: z.string().max(64), key: z.string().max(64), used: z.int() })).max(MAX_SESSIONS),
  /** W3: the address of the app for phones. */
  address: addressChoice.default({ way: "none" }),
});
type Stored = z.infer<typeof storedSchema>;

/** What the web server keeps, beside the database, which is closed while the device is locked. It holds no secret. */
export class WebStore {
  readonly #path: string;
  #stored: Stored;

  constructor(data: string) {
    this.#path = join(data, FILE);
    this.#stored = read(this.#path);
  }

  get(): Readonly<Stored> {
    return this.#stored;
  }

  address(): AddressChoice {
    return this.#stored.address;
  }

  /** Whole or not at all. */
  change(changes: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...changes };
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#stored), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

/** A file that cannot be read is as none: browsers are let in again by a new address. */
function read(path: string): Stored {
  const parsed = existsSync(path) ? storedSchema.safeParse(parse(readFileSync(path, "utf8"))) : undefined;
  return parsed?.success ? parsed.data : { port: 0, sessions: [], address: { way: "none" } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
