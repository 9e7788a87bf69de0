import { z } from "zod";
import { id, nothing, short } from "./common.ts";

/** base64url without padding, as browsers give it. */
const bytes = (most: number) =>
  z
    .string()
    .regex(/^[\w-]+$/)
    .max(most);
const key = bytes(88);

const push = z.object({
  /** For `applicationServerKey`, with the device that will push; null where no device of the account does. */
  key: key.nullable(),
  by: id.nullable(),
  /** The browsers that are told; `host` is that of the browser's push service. */
  devices: z.array(z.object({ device: id, host: short })).max(1024),
});

export const pushMethods = {
  "push.show": { summary: "Which device wakes browsers up by Web Push, and which browsers it wakes.", params: nothing, result: push },
  "push.subscribe": {
    summary: "This browser takes pushes: what its push service gave it.",
    params: z.strictObject({ endpoint: z.url({ protocol: /^https$/ }).max(2048), p256dh: key, auth: bytes(24), key }),
    result: push,
  },
  "push.unsubscribe": { summary: "This browser takes no pushes any more.", params: nothing, result: push },
} as const;
