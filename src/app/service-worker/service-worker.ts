import { fetchBuild, forgetOthers, isOurs, keptFile } from "./kept-files.ts";
import { clicked, pushed } from "./pushes.ts";

/** W2: keeps the build that it came with, starts the app without the node, and gives way to another build only when it is told to. */
declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", (event) => event.waitUntil(fetchBuild(__FILES__)));

self.addEventListener("activate", (event) =>
  event.waitUntil(
    (async () => {
      await forgetOthers(__FILES__);
      // The pages that asked for this build are to get it, all of them.
      await self.clients.claim();
    })(),
  ),
);

self.addEventListener("fetch", (event) => {
  if (isOurs(event.request, __FILES__)) event.respondWith(keptOrFetched(event.request));
});

/** A browser may throw caches away. */
async function keptOrFetched(request: Request): Promise<Response> {
  return (await keptFile(request, __FILES__)) ?? fetch(request);
}

self.addEventListener("push", (event) => event.waitUntil(pushed()));

self.addEventListener("notificationclick", (event) => event.waitUntil(clicked(event.notification)));

self.addEventListener("message", (event) => {
  const { type } = event.data as { type?: unknown };
  // The person agreed to the new build.
  if (type === "take-over") event.waitUntil(self.skipWaiting());
  else if (type === "which") event.waitUntil(which(event.ports[0]));
});

async function which(port: MessagePort | undefined): Promise<void> {
  const hashes = await keptFile(new Request("/hashes.json"), __FILES__);
  const { version, build } = ((await hashes?.json()) ?? {}) as Record<string, unknown>;
  port?.postMessage({ version, build });
}
