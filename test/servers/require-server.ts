import { chromiumPlace } from "./chromium.ts";
import { bwrapPath, type PackageSet, provision } from "./provision.ts";
import { Unavailable } from "./unavailable.ts";

export type Availability = { ok: true } | { ok: false; reason: string };

/**
 * For the top level of a test file:
 *
 *     const irc = await requireServer("irc");
 *     describe.skipIf(!irc.ok)("…", () => { … });
 *
 * Provisions the set. Where it cannot be had, the reason is printed and the suite is to be skipped; with `CI=true` or
 * `HOMEPORT_REQUIRE_SERVERS` set it throws instead.
 */
export async function requireServer(...sets: PackageSet[]): Promise<Availability> {
  try {
    for (const set of sets) await provide(set);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Unavailable) || isRequired()) throw error;
    console.warn(`SKIPPED, ${sets.join(" + ")}: ${error.message}`);
    return { ok: false, reason: error.message };
  }
}

function isRequired(): boolean {
  const { CI, HOMEPORT_REQUIRE_SERVERS } = process.env;
  return [CI, HOMEPORT_REQUIRE_SERVERS].some((value) => value !== undefined && !["", "0", "false"].includes(value));
}

/** Some programs the machine may have itself. */
async function provide(set: PackageSet): Promise<unknown> {
  switch (set) {
    case "bwrap":
      return bwrapPath();
    case "chromium":
      return chromiumPlace();
    default:
      return provision(set);
  }
}
