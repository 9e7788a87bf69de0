import { z } from "zod";
import { bytesOf } from "./text.ts";

/**
 * Body of `KIND.unlocking`, in the own-devices log: with which transport key this device answers while it is locked, and the salt
 * of the passphrase that opens it. `null`: it cannot be unlocked from afar. A device about itself; the newest by hlc holds.
 */
export const unlockingSchema = z.object({ door: z.object({ transport: bytesOf(32), salt: bytesOf(16) }).nullable() });
