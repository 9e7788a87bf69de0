import { z } from "zod";
import { address, deviceName, id, nothing, time } from "./common.ts";
import { passphrase } from "./vault.ts";

const state = z.enum(["admitted", "frozen", "revoked"]);
/** Short code of K5, as both sides show it. */
const code = z.string().min(1).max(64);
const one = z.strictObject({ device: id });
const standing = z.object({ device: id, state });
/** `since`: when the device that is asked learned of it; null where it does not know. */
const sponsored = z.object({ device: id, name: z.string().max(128), since: time.nullable() });
export type Sponsored = z.output<typeof sponsored>;

export const deviceRow = z.object({
  device: id,
  name: z.string().max(128),
  class: z.enum(["full", "browser"]),
  state,
  self: z.boolean(),
  online: z.boolean(),
  /** Null for a device that was never seen. */
  lastSeen: time.nullable(),
  /** Feeds in which it wrote two entries for one place: its key may be in two hands. */
  forks: z.int().nonnegative(),
});
export type DeviceRow = z.output<typeof deviceRow>;

export const linkEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("link"), link: z.string().min(1).max(4096), expires: time }),
  z.object({ event: z.literal("code"), code }),
  z.object({ event: z.literal("linked"), device: id, name: deviceName }),
]);
export type LinkEvent = z.output<typeof linkEvent>;

export const deviceMethods = {
  "device.list": {
    summary: "The devices of the account, the revoked ones included.",
    params: nothing,
    result: z.array(deviceRow).max(1024),
  },
  "device.link": {
    summary: "Makes a one-use link for a new device and admits it. Without `yes` it waits for `device.confirm` after the event `code`.",
    params: z.strictObject({ yes: z.boolean().default(false) }),
    event: linkEvent,
    result: z.object({ device: id, name: deviceName }),
  },
  "device.confirm": {
    summary: "Says that the code is the one that the new device shows. Another code ends the linking.",
    params: z.strictObject({ code }),
    result: z.object({ confirmed: z.literal(true) }),
  },
  "device.revoke": {
    summary: "Shuts a device out for good, and others with it; from `lostSince` on nothing that they wrote counts.",
    params: one.extend({ also: z.array(id).max(31).default([]), lostSince: time.optional() }),
    /** `sponsored`: what the revoked ones let in and still is. */
    result: standing.extend({ also: z.array(standing).max(31), sponsored: z.array(sponsored).max(1024) }),
  },
  "device.sponsored": {
    summary: "The devices that are in because this one let them in, or one that it let in.",
    params: one.extend({ since: time.optional() }),
    result: z.array(sponsored).max(1024),
  },
  "device.freeze": { summary: "Shuts a device out until it is unfrozen.", params: one, result: standing },
  "device.unfreeze": { summary: "Lifts the own freeze of a device.", params: one, result: standing },
  "device.unlock": {
    summary: "Opens the passphrase vault of another own device that is locked. Its address is known, or one of `addresses`.",
    params: z.strictObject({ device: id, passphrase, addresses: z.array(address).max(16).default([]) }),
    result: z.object({ device: id, address, locked: z.literal(false) }),
  },
} as const;
