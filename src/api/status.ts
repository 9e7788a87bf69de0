import { z } from "zod";
import { noticeRow } from "./account.ts";
import { bridgeRow } from "./bridges.ts";
import { address, id, nothing, short, time } from "./common.ts";
import { vaultState } from "./vault.ts";

/** The way that a connection goes: `wss` over the app's own HTTPS address, `relay` through another device of one's own. */
const via = z.enum(["tcp", "ws", "wss", "webrtc-direct", "relay"]);

export const status = z.object({
  version: z.string().max(64),
  account: id,
  device: id,
  /** Seconds. */
  uptime: z.number().nonnegative(),
  addresses: z.array(address).max(64),
  peers: z.array(z.object({ device: id, address, via, since: time })).max(1024),
  bridges: z.array(bridgeRow).max(1024),
  /** What the person has to know of the account, until it is acknowledged. */
  notices: z.array(noticeRow).max(1024),
  storage: z.object({ bytes: z.int().nonnegative(), entries: z.int().nonnegative() }),
  /** What other devices say of this clock: by how many milliseconds they are ahead, and whether several agree that it is off. */
  clock: z.object({ ahead: z.int(), devices: z.int().positive(), off: z.boolean() }).optional(),
  /** While it is locked there are no peers and no bridges. */
  locked: z.boolean(),
  vault: vaultState,
  /** The web app that is served, or in a browser runs: `build` is one hash over all of its files. Null where there is none. */
  app: z.object({ version: z.string().max(64), build: z.string().max(64) }).nullable(),
});
export type Status = z.output<typeof status>;

export const checkRow = z.object({
  check: z.string().min(1).max(64),
  ok: z.boolean(),
  message: short,
  /** What to do about it. */
  fix: short.optional(),
});
export type CheckRow = z.output<typeof checkRow>;

export const statusMethods = {
  status: { summary: "The daemon at a glance.", params: nothing, result: status },
  doctor: { summary: "Checks what commonly goes wrong.", params: nothing, result: z.array(checkRow).max(256) },
} as const;
