import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libraryPath, provision, triplet } from "./provision.ts";

/** A program of the unpacked systemd as one that runs with any environment: a small script in `folder`. */
export async function systemdProgram(folder: string, name: "systemd-creds" | "systemd-notify" | "systemd-analyze"): Promise<string> {
  const { root } = await provision("systemd");
  const libraries = `${libraryPath(root)}:${root}/usr/lib/${triplet()}/systemd:${root}/lib/${triplet()}/systemd`;
  const program = join(folder, name);
  const found = `$(ls "${root}/usr/bin/${name}" "${root}/bin/${name}" 2>/dev/null | head -n 1)`;
  writeFileSync(program, `#!/bin/sh\nLD_LIBRARY_PATH="${libraries}" exec "${found}" "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
