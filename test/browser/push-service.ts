import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

export interface Received {
  headers: Record<string, string>;
  /** Decrypted (RFC 8291). */
  text: string;
  /** Claims of the token of the one who pushes (RFC 8292), whose signature holds under the key that came with it. */
  claims: { aud: string; exp: number; sub: string };
  /** That key, in base64url. */
  key: string;
}

/** A push service of RFC 8030 and the browser behind it, on this machine. */
export class PushService implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Answers to the next pushes; then 201. */
  readonly answers: { status: number; headers?: Record<string, string> }[] = [];
  readonly #server: Server;
  readonly #browser: ECDH = createECDH("prime256v1");
  readonly #auth = randomBytes(16);
  readonly #faults: unknown[] = [];

  constructor(tls: { key: string | Buffer; cert: string | Buffer }) {
    this.#browser.generateKeys();
    this.#server = createServer(tls, (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { status, headers = {} } = this.answers.shift() ?? { status: 201 };
        try {
          if (status === 201) this.received.push(this.#read(request.headers as Record<string, string>, Buffer.concat(parts)));
        } catch (error) {
          this.#faults.push(error);
        }
        response.writeHead(status, headers).end();
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** What went wrong in reading a push. */
  get faults(): readonly unknown[] {
    return this.#faults;
  }

  /** As a browser tells it to its page. */
  subscription(): { endpoint: string; p256dh: string; auth: string } {
    const { port } = this.#server.address() as AddressInfo;
    const endpoint = `https://localhost:${port}/push/${randomBytes(8).toString("hex")}`;
    return { endpoint, p256dh: this.#browser.getPublicKey().toString("base64url"), auth: this.#auth.toString("base64url") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #read(headers: Record<string, string>, body: Buffer): Received {
    const [, token = "", key = ""] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers["authorization"] ?? "") ?? [];
    return { headers, text: this.#decrypt(body).toString("utf8"), claims: claimsOf(token, key), key };
  }

  /** RFC 8291 § 3.4 over RFC 8188 § 2, one record. */
  #decrypt(body: Buffer): Buffer {
    const salt = body.subarray(0, 16);
    const sender = body.subarray(21, 21 + (body[20] as number));
    const sealed = body.subarray(21 + sender.length);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.#browser.getPublicKey(), sender]);
    const ikm = Buffer.from(hkdfSync("sha256", this.#browser.computeSecret(sender), this.#auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", ikm, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16));
    const nonce = Buffer.from(hkdfSync("sha256", ikm, salt, Buffer.from("Content-Encoding: nonce\0"), 12));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(sealed.subarray(-16));
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return padded.subarray(0, padded.lastIndexOf(2));
  }
}

function claimsOf(token: string, key: string): Received["claims"] {
  const [head = "", claims = "", signature = ""] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  const isSigned = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isSigned) throw new Error("the token is not signed by its key");
  return JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as Received["claims"];
}
