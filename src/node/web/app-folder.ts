import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the built app lies: beside the sources in a checkout, beside the compiled code in the package. Undefined where it was not built. */
export function appFolder(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, "..", "..", "app"), join(here, "..", "..", "..", "dist", "app")].find((folder) => existsSync(join(folder, "assets")));
}
