import { lookup, type LookupAddress } from "node:dns";
import { request } from "node:https";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "./endpoint.ts";

const PATIENCE_MS = 20_000;

export interface Answer {
  status: number;
  /** Milliseconds that the service asks to wait; undefined where it does not. */
  retryAfter: number | undefined;
}

/** RFC 8030 § 5. No redirect is followed and nothing of the answer's body is read. `anywhere`: private addresses too, for tests. */
export function post(url: URL, headers: Record<string, string>, body: Uint8Array, anywhere: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", headers, timeout: PATIENCE_MS, agent: false, ...(anywhere ? {} : { lookup: publicLookup }) },
      (response) => {
        const { statusCode = 0, headers: got } = response;
        const seconds = Number(got["retry-after"]);
        response.destroy();
        resolve({ status: statusCode, retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("the push service does not answer")));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A name that leads into a private network is none: judged at each connection, as it may change in between. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    const usable = error ? [] : found.filter(({ address }) => isPublicAddress(address));
    const [first] = usable;
    if (!first) callback(error ?? new Error("the push service has no public address"), "", 0);
    else if (options.all === true) callback(null, usable);
    else callback(null, first.address, first.family);
  });
};
