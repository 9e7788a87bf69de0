/** A service worker has neither the database nor a worker that could open it, so that it cannot read what came: pages do. */
declare const self: ServiceWorkerGlobalScope;

/** A page that is there and not frozen has synced by then, and has told the person itself. */
const PAGES_MS = 8000;
const SETTINGS = "homeport-settings";

interface Words {
  title: string;
  body: string;
}

/** Until a page of the app has said it in the language of the person. */
const FIRST: Words = { title: "Homeport", body: "There are new messages on your devices." };

/** RFC 8030: somebody of one's own says that there is something. Browsers ask that the person is shown something for it. */
export async function pushed(): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const answered = await Promise.race([Promise.any(pages.map(sync)).catch(() => false), later(PAGES_MS)]);
  if (answered) return;
  const { title, body } = await words();
  // One for all pushes: none of them says how many there are.
  await self.registration.showNotification(title, { body, tag: "homeport-sync", icon: "/icon192.png", badge: "/badge96.png" });
}

/** True once a page holds what there is, and has shown it or had no need to. */
function sync(page: Client): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data === "synced") resolve(true);
      else reject(new Error("not synced"));
    };
    page.postMessage({ type: "sync" }, [port2]);
  });
}

const later = (ms: number): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), ms));

async function words(): Promise<Words> {
  const stored = await (await caches.open(SETTINGS)).match("/words");
  return stored ? { ...FIRST, ...((await stored.json()) as Partial<Words>) } : FIRST;
}

/** Leads to the conversation, in a page that is open where there is one. */
export async function clicked(notification: Notification): Promise<void> {
  notification.close();
  const { conversation } = (notification.data ?? {}) as { conversation?: unknown };
  const hash = typeof conversation === "string" ? `#/c/${encodeURIComponent(conversation)}` : "#/";
  const [page] = await self.clients.matchAll({ type: "window" });
  if (!page) return void (await self.clients.openWindow(`/${hash}`));
  page.postMessage({ type: "go", hash });
  await page.focus();
}
