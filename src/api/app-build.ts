import { z } from "zod";

/** `hashes.json` of a built app: what the release publishes, and what `doctor` compares with the files that are served. */
export const appHashes = z.object({
  version: z.string().max(64),
  build: z.string().regex(/^[0-9a-f]{64}$/),
  /** By path: SHA-256 in base64. */
  files: z.record(z.string().max(256), z.string().max(64)),
});

/**
 * One hash for all files of the app: SHA-256, in hex, of a line for each in the order of their paths, which is the path, a space,
 * the hash in base64 and a line break.
 */
export async function buildId(files: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.keys(files)
    .sort()
    .map((path) => `${path} ${files[path] ?? ""}\n`);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
