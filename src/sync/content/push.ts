import { z } from "zod";
import { bytesOf } from "./text.ts";

/** Uncompressed point of P-256. */
const point = bytesOf(65);

/** Body of `KIND.pushKey`, by the device itself: with this key it signs its pushes (RFC 8292). */
export const pushKeySchema = z.object({ device: bytesOf(32), key: point });
export type PushKey = z.infer<typeof pushKeySchema>;

/**
 * Body of `KIND.pushTarget`: where a browser's push service takes pushes for it (RFC 8030). By the device itself; that it is gone
 * (`to` absent) may say each own device, as the service tells it to the one that pushes.
 */
export const pushTargetSchema = z.object({
  device: bytesOf(32),
  to: z
    .object({
      endpoint: z.string().min(1).max(2048),
      /** The browser's public key and the secret for its pushes (RFC 8291). */
      p256dh: point,
      auth: bytesOf(16),
      /** The key of the device that may push, as in `KIND.pushKey`. */
      key: point,
    })
    .optional(),
});
export type PushTarget = NonNullable<z.infer<typeof pushTargetSchema>["to"]> & { device: Uint8Array };
