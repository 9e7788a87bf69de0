import webPush from "web-push";
import type { PushTarget } from "../../sync/content/push.ts";
import { endpointUrl } from "./endpoint.ts";
import { PAYLOAD, type VapidKeys } from "./keys.ts";
import { post } from "./post.ts";

const DAY_S = 24 * 3600;

export type Outcome =
  | { is: "sent" }
  /** The subscription is no more (RFC 8030 § 7.3). */
  | { is: "gone" }
  /** It may work later. */
  | { is: "later"; wait: number | undefined; why: string }
  /** It will not work. */
  | { is: "refused"; why: string };

export interface PushSettings {
  keys: VapidKeys;
  /** RFC 8292 § 2.1: `mailto:` or `https:`, for the people of the push service. */
  contact: string;
  /** Private addresses too, for tests. */
  anywhere: boolean;
}

/** One push to one browser. Never rejects. */
export async function sendPush(target: PushTarget, { keys, contact, anywhere }: PushSettings): Promise<Outcome> {
  const url = endpointUrl(target.endpoint, anywhere);
  if (!url) return { is: "refused", why: "its address is not one of a push service" };
  try {
    const { headers, body } = webPush.generateRequestDetails(
      { endpoint: target.endpoint, keys: { p256dh: text(target.p256dh), auth: text(target.auth) } },
      Buffer.from(PAYLOAD),
      {
        vapidDetails: { subject: contact, publicKey: text(keys.publicKey), privateKey: text(keys.privateKey) },
        // One that is not delivered yet is replaced by the next: all say the same.
        ...{ TTL: DAY_S, urgency: "high", topic: "sync", contentEncoding: "aes128gcm" },
      },
    );
    return outcomeOf(await post(url, stringsOf(headers), body, anywhere));
  } catch (error) {
    return { is: "later", wait: undefined, why: error instanceof Error ? error.message : "unknown" };
  }
}

function outcomeOf({ status, retryAfter }: { status: number; retryAfter: number | undefined }): Outcome {
  if (status >= 200 && status < 300) return { is: "sent" };
  if (status === 404 || status === 410) return { is: "gone" };
  const why = `the push service answered ${status}`;
  return status === 429 || status >= 500 ? { is: "later", wait: retryAfter, why } : { is: "refused", why };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function stringsOf(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
