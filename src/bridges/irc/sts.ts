/** What a server has promised about its encryption (ircv3.net/specs/extensions/sts): from then on we never come to it in the clear. */
export interface StsPolicy {
  host: string;
  port: number;
  /** Milliseconds since 1970. */
  until: number;
  /** Seconds, as the server said them. */
  duration: number;
}

/** Where it is kept in the plugin's state. */
export const STS_KEY = "sts";

/** Two hundred years: a date stays a date. */
const MAX_SECONDS = 200 * 366 * 24 * 3600;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The tokens of the offer, e.g. `duration=2592000,port=6697`. What cannot be read is not there. */
export function readSts(value: string): { duration: number | undefined; port: number | undefined } {
  const tokens = new Map(value.split(",").map((token) => [token.split("=", 1)[0] ?? "", token.slice(token.indexOf("=") + 1)]));
  return { duration: whole(tokens.get("duration"), 0, MAX_SECONDS), port: whole(tokens.get("port"), 1, 65_535) };
}

function whole(text: string | undefined, from: number, to: number): number | undefined {
  if (text === undefined || !/^\d{1,12}$/.test(text)) return undefined;
  const value = Math.min(Number(text), to);
  return value < from ? undefined : value;
}

/** The policy of one account's server, over connections and restarts. */
export class Sts {
  #policy: StsPolicy | undefined;
  /** A server that we came to in the clear has sent us to this port; holds as long as this process. */
  #upgrade: number | undefined;

  constructor(kv: Record<string, Uint8Array>, host: string) {
    const kept = kv[STS_KEY];
    const policy = kept && parsed(decoder.decode(kept));
    if (policy?.host === host) this.#policy = policy;
  }

  /** The port to come to, encrypted and with a certificate that verifies; undefined where nothing was promised. */
  demands(now: number): number | undefined {
    if (this.#policy && this.#policy.until > now) return this.#policy.port;
    return this.#upgrade;
  }

  upgradeTo(port: number): void {
    this.#upgrade = port;
  }

  /** Over a connection whose certificate verified. Returns the state to keep; undefined where nothing changes. */
  promised(host: string, port: number, duration: number, now: number): Record<string, Uint8Array | null> {
    if (duration === 0) {
      this.#policy = undefined;
      this.#upgrade = undefined;
      return { [STS_KEY]: null };
    }
    this.#policy = { host, port, duration, until: now + duration * 1000 };
    return { [STS_KEY]: encoder.encode(JSON.stringify(this.#policy)) };
  }
}

function parsed(text: string): StsPolicy | undefined {
  try {
    const { host, port, until, duration } = JSON.parse(text) as Partial<StsPolicy>;
    const numbers = [port, until, duration].every((value) => typeof value === "number" && Number.isFinite(value));
    return typeof host === "string" && numbers ? ({ host, port, until, duration } as StsPolicy) : undefined;
  } catch {
    // Written by another version: what a server promises, it promises again on the next connection.
    return undefined;
  }
}
