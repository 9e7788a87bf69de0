/**
 * The files of one build, kept in a cache of their own. All are there or none: a build that is half fetched is never used. What a
 * node answers besides them (sessions, the device API) never comes here.
 */
const PREFIX = "homeport-app-";
const HASHES = "/hashes.json";
const INDEX = "/index.html";

type Files = Readonly<Record<string, string>>;

/** Changes with any file. */
async function cacheName(files: Files): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(files)));
  return PREFIX + base64(digest).slice(0, 22);
}

/**
 * Fetches every file and checks it against its hash. The large ones that an older build has the same of are taken from there; what
 * can run is not, as the headers that come with it are rules for it.
 */
export async function fetchBuild(files: Files): Promise<void> {
  const name = await cacheName(files);
  try {
    const cache = await caches.open(name);
    const hashes = await fetchHashes(files);
    await Promise.all(Object.keys(files).map(async (path) => cache.put(path, await checked(path, files[path] as string))));
    await cache.put(HASHES, hashes);
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

/** The other builds are not needed any more. */
export async function forgetOthers(files: Files): Promise<void> {
  const name = await cacheName(files);
  for (const other of await caches.keys()) if (other.startsWith(PREFIX) && other !== name) await caches.delete(other);
}

/** Undefined for what is no file of the build: that is between the page and the node. */
export async function keptFile(request: Request, files: Files): Promise<Response | undefined> {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return undefined;
  const path = pathname === "/" ? INDEX : pathname;
  if (path !== HASHES && !Object.hasOwn(files, path)) return undefined;
  const cache = await caches.open(await cacheName(files));
  return cache.match(path);
}

/** True where `keptFile` may have an answer; decided without waiting, as an event wants it. */
export function isOurs({ method, url }: Request, files: Files): boolean {
  const { origin, pathname } = new URL(url);
  return method === "GET" && origin === location.origin && (pathname === "/" || pathname === HASHES || Object.hasOwn(files, pathname));
}

async function checked(path: string, hash: string): Promise<Response> {
  const old = path.endsWith(".wasm") ? await caches.match(path) : undefined;
  if (old && (await hashOf(old.clone())) === hash) return old;
  const response = await fetch(path, { cache: "no-cache", integrity: `sha256-${hash}`, redirect: "error" });
  if (!response.ok) throw new Error(`${path}: the node answered ${response.status}`);
  return response;
}

/** The published list has to be that of this build, or the node is changing it at this moment. */
async function fetchHashes(files: Files): Promise<Response> {
  const response = await fetch(HASHES, { cache: "no-cache", redirect: "error" });
  const published = response.ok ? ((await response.clone().json()) as { files?: Files }).files : undefined;
  const isSame = Object.keys(files).every((path) => published?.[path] === files[path]);
  if (!isSame) throw new Error("the files of the app are of another build than their list");
  return response;
}

async function hashOf(response: Response): Promise<string> {
  return base64(await crypto.subtle.digest("SHA-256", await response.arrayBuffer()));
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
