import i18next from "i18next";
import type { Store } from "../state/store.ts";

/** After a push the device is given so long to reach another one and take what is there. */
const SYNC_MS = 6000;
const LOOK_MS = 250;
/** Without news for so long everything has come. */
const QUIET_MS = 1200;

/** Hears what the service worker says: that a push came, and where a notification leads. The returned function ends it. */
export function hearServiceWorker(store: Store): () => void {
  const container = navigator.serviceWorker;
  if (!container) return () => undefined;
  const hear = ({ data, ports }: MessageEvent<{ type?: unknown; hash?: unknown }>) => {
    if (data.type === "go" && typeof data.hash === "string") location.hash = data.hash;
    if (data.type === "sync") void untilSynced(store).then((synced) => ports[0]?.postMessage(synced ? "synced" : "alone"));
  };
  container.addEventListener("message", hear);
  void keepWords();
  return () => container.removeEventListener("message", hear);
}

/** False where no other device could be reached. */
async function untilSynced(store: Store): Promise<boolean> {
  let heard = Date.now();
  const hear = () => {
    heard = Date.now();
  };
  store.arrivals.add(hear);
  try {
    const end = Date.now() + SYNC_MS;
    while (Date.now() < end) {
      const { peers } = await store.client.call("status", {});
      if (peers.length > 0 && Date.now() - heard > QUIET_MS) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } catch {
    // The device is not there: the service worker tells the person by itself.
  } finally {
    store.arrivals.delete(hear);
  }
  return false;
}

/** For what the service worker says when no page is there, in the language of the person. */
async function keepWords(): Promise<void> {
  const words = { title: i18next.t("app"), body: i18next.t("notify.pushed") };
  await (await caches.open("homeport-settings")).put("/words", new Response(JSON.stringify(words)));
}
