import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { saslPrep } from "./sasl-prep.ts";

const derive = promisify(pbkdf2);

/** RFC 5802, 5.1 and RFC 7677, 4; above it a server would only keep this machine busy. */
const ITERATIONS = { least: 4096, most: 1_000_000 };
/** "n,,": no channel binding. The certificate is checked by whoever dials, outside of this process. */
const GS2 = "n,,";
const HEADER = Buffer.from(GS2).toString("base64");

/** Mechanisms, the best first, and their hash. */
export const SCRAM = { "SCRAM-SHA-512": "sha512", "SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1" } as const;
export type ScramMechanism = keyof typeof SCRAM;

export interface Credentials {
  username: string;
  password: string;
}

/** One login (RFC 5802): `first`, then `answer` to the challenge, then `verify` what the server says with its success. */
export class Scram {
  readonly #hash: string;
  readonly #credentials: Credentials;
  readonly #nonce: string;
  readonly #bare: string;
  #signature: Buffer | undefined;

  constructor(mechanism: ScramMechanism, credentials: Credentials, nonce: string = randomBytes(24).toString("base64")) {
    this.#hash = SCRAM[mechanism];
    this.#credentials = credentials;
    this.#nonce = nonce;
    const name = saslPrep(credentials.username).replaceAll("=", "=3D").replaceAll(",", "=2C");
    this.#bare = `n=${name},r=${nonce}`;
  }

  first(): string {
    return GS2 + this.#bare;
  }

  /** Throws for a challenge that is none, weak or not an answer to us. */
  async answer(challenge: string): Promise<string> {
    const { nonce, salt, iterations } = this.#read(challenge);
    const length = createHash(this.#hash).digest().length;
    const salted = await derive(saslPrep(this.#credentials.password), salt, iterations, length, this.#hash);
    const clientKey = this.#hmac(salted, "Client Key");
    const withoutProof = `c=${HEADER},r=${nonce}`;
    const all = `${this.#bare},${challenge},${withoutProof}`;
    const signature = this.#hmac(createHash(this.#hash).update(clientKey).digest(), all);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    this.#signature = this.#hmac(this.#hmac(salted, "Server Key"), all);
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** Whether the server has shown that it knows the password as well. */
  verify(final: string): boolean {
    const shown = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(final)?.[1] ?? "", "base64");
    const expected = this.#signature;
    return expected !== undefined && shown.length === expected.length && timingSafeEqual(shown, expected);
  }

  #read(challenge: string): { nonce: string; salt: Buffer; iterations: number } {
    const fields = new Map(challenge.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
    const nonce = fields.get("r") ?? "";
    const iterations = Number(fields.get("i"));
    const salt = Buffer.from(fields.get("s") ?? "", "base64");
    if (fields.has("m")) throw new Error("the server's challenge has an extension that is not known");
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) throw new Error("the server's nonce does not go with ours");
    const fits = Number.isInteger(iterations) && iterations >= ITERATIONS.least && iterations <= ITERATIONS.most;
    if (!fits || salt.length === 0) throw new Error("the server's challenge is too weak, or too much");
    return { nonce, salt, iterations };
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}
