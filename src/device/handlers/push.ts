import type { Handlers, Result } from "../../api/methods.ts";
import { HomeportError } from "../../sync/errors.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { deviceText } from "../../sync/log/public-id.ts";
import type { HandlerContext } from "../context.ts";
import { forgetPushTarget, publishPushTarget, pushKeys, pushTargets } from "../push/records.ts";

export function pushHandlers({ device }: HandlerContext): Pick<Handlers, "push.show" | "push.subscribe" | "push.unsubscribe"> {
  const show = (): Result<"push.show"> => {
    // The one that said so first: with several of them every device comes to the same.
    const [first] = pushKeys(device);
    return {
      key: first ? toBase64url(first.key) : null,
      by: first ? deviceText(first.device) : null,
      devices: pushTargets(device).map((target) => ({ device: deviceText(target.device), host: hostOf(target.endpoint) })),
    };
  };
  return {
    "push.show": async () => show(),

    async "push.subscribe"({ endpoint, p256dh, auth, key }) {
      const target = { endpoint, p256dh: bytesOf(p256dh, 65), auth: bytesOf(auth, 16), key: bytesOf(key, 65) };
      if (!pushKeys(device).some((known) => sameBytes(known.key, target.key)))
        throw new HomeportError("not-found", "No device of yours pushes with this key.");
      const known = pushTargets(device).find((other) => sameBytes(other.device, device.self));
      const isSame = known?.endpoint === endpoint && sameBytes(known.auth, target.auth) && sameBytes(known.key, target.key);
      if (!isSame) publishPushTarget(device, target);
      return show();
    },

    async "push.unsubscribe"() {
      if (pushTargets(device).some((known) => sameBytes(known.device, device.self))) forgetPushTarget(device, device.self);
      return show();
    },
  };
}

const hostOf = (endpoint: string): string => URL.parse(endpoint)?.host ?? "";

function bytesOf(text: string, length: number): Uint8Array {
  const bytes = fromBase64url(text);
  if (bytes?.length !== length) throw new HomeportError("invalid-params", "That is no subscription of a browser.");
  return bytes;
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Undefined for what is none. */
function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
