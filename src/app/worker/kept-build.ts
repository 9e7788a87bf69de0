import { appHashes } from "../../api/app-build.ts";
import type { Status } from "../../api/status.ts";

/** The build that runs here, as the service worker keeps it; null where it keeps none, e.g. while developing. */
export async function keptBuild(): Promise<Status["app"]> {
  try {
    const { data } = appHashes.safeParse(await (await fetch("/hashes.json")).json());
    return data ? { version: data.version, build: data.build } : null;
  } catch {
    // Neither kept nor reachable.
    return null;
  }
}
