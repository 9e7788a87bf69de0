import { execFile } from "node:child_process";

/**
 * Absolute paths of the shared libraries and the loader that a program needs, by asking its own loader (ld.so(8),
 * `LD_TRACE_LOADED_OBJECTS`; both glibc and musl know it). Empty for a static program.
 */
export async function sharedLibraries(program: string): Promise<string[]> {
  const text = await new Promise<string>((resolve) => {
    execFile(program, [], { env: { LD_TRACE_LOADED_OBJECTS: "1" }, timeout: 10_000 }, (_error, stdout) => resolve(stdout));
  });
  return parseTrace(text);
}

/** Lines like `libm.so.6 => /lib/libm.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
export function parseTrace(text: string): string[] {
  const paths = text.split("\n").map((line) => /(?:^\s*|=>\s+)(\/\S+) \(0x/.exec(line)?.[1]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}
