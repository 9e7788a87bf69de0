import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/** Rounds that a server may ask for: fewer protect nothing (RFC 7677, 4), more would hold everything else up. */
const ROUNDS = { from: 4_096, to: 1_000_000 };
const MAX_MESSAGE = 2_048;
/** Without channel binding: `n,,` in base64. */
const NO_BINDING = "biws";

/** SCRAM-SHA-256 as a client (RFC 5802, RFC 7677). Throws an `Error` for what a server must not say. */
export class Scram {
  readonly first: string;
  readonly #bare: string;
  readonly #nonce: string;
  readonly #password: string;
  #signature: Buffer | undefined;
  #verified = false;

  /** `nonce`: printable characters without a comma, new for each login. */
  constructor(account: string, password: string, nonce: string) {
    this.#nonce = nonce;
    this.#password = password.normalize("NFKC");
    this.#bare = `n=${escaped(account.normalize("NFKC"))},r=${nonce}`;
    this.first = `n,,${this.#bare}`;
  }

  /** The server has proven that it knows the password too. */
  get isVerified(): boolean {
    return this.#verified;
  }

  /** What to answer to the server's next message. */
  answer(message: string): string {
    if (message.length > MAX_MESSAGE) throw new Error("a SCRAM message that is too long");
    return this.#signature === undefined ? this.#prove(message) : this.#verify(message);
  }

  #prove(challenge: string): string {
    const { r: nonce = "", s: salt = "", i: rounds = "", m: extension } = attributes(challenge);
    const count = Number(rounds);
    if (extension !== undefined || !nonce.startsWith(this.#nonce) || nonce === this.#nonce || salt === "")
      throw new Error("a SCRAM challenge that does not belong to this login");
    if (!Number.isInteger(count) || count < ROUNDS.from || count > ROUNDS.to) throw new Error(`a SCRAM challenge of ${count} rounds`);
    const withoutProof = `c=${NO_BINDING},r=${nonce}`;
    const all = `${this.#bare},${challenge},${withoutProof}`;
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, "base64"), count, 32, "sha256");
    const key = hmac(salted, "Client Key");
    const proof = xor(key, hmac(createHash("sha256").update(key).digest(), all));
    this.#signature = hmac(hmac(salted, "Server Key"), all);
    return `${withoutProof},p=${proof.toString("base64")}`;
  }

  #verify(final: string): string {
    const { v: shown = "" } = attributes(final);
    const signature = Buffer.from(shown, "base64");
    const expected = this.#signature ?? Buffer.alloc(0);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw new Error("a server that does not know the password");
    this.#verified = true;
    return "";
  }
}

function attributes(message: string): Partial<Record<string, string>> {
  return Object.fromEntries(
    message.split(",").flatMap((part) => (/^[a-zA-Z]=/.test(part) ? [[part.slice(0, 1), part.slice(2)] as const] : [])),
  );
}

const escaped = (name: string): string => name.replaceAll("=", "=3D").replaceAll(",", "=2C");

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));
