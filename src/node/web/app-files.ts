import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { appFolder } from "./app-folder.ts";

export interface AppFile {
  type: string;
  bytes: Buffer;
  /** Where it is smaller than `bytes`. */
  brotli: Buffer | undefined;
  etag: string;
  /** Its name changes with its content. */
  immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const HASHED = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

let read: Map<string, AppFile> | undefined;

/** The built app, read once for all servers of the process; undefined where it was not built. */
export function appFiles(): ReadonlyMap<string, AppFile> | undefined {
  const folder = appFolder();
  if (folder !== undefined) read ??= readAppFiles(folder);
  return read;
}

/** Only what was there at the start is ever served, whatever a request asks for. By path, `/` first. */
export function readAppFiles(folder: string): Map<string, AppFile> {
  const files = new Map<string, AppFile>();
  for (const name of globSync("**/*.*", { cwd: folder }).sort()) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    files.set(`/${name.split(sep).join("/")}`, readOne(join(folder, name), type, HASHED.test(name)));
  }
  const index = files.get("/index.html");
  if (index) files.set("/", index);
  return files;
}

function readOne(path: string, type: string, immutable: boolean): AppFile {
  const bytes = readFileSync(path);
  const compressed = type.startsWith("image/png") ? undefined : brotliCompressSync(bytes, QUALITY);
  const brotli = compressed && compressed.length < bytes.length ? compressed : undefined;
  return { type, bytes, brotli, immutable, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
}

const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
