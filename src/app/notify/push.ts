import type { Client } from "../../api/client.ts";

/** What stands in the way of being woken up; `null` where nothing does. */
export type PushState = "on" | "off" | "unsupported" | "refused" | "nobody-pushes";

const ASK_MS = 20_000;

function registration(): Promise<ServiceWorkerRegistration | undefined> {
  return navigator.serviceWorker?.getRegistration() ?? Promise.resolve(undefined);
}

export async function pushState(client: Client): Promise<PushState> {
  const kept = await registration();
  if (!kept || !("pushManager" in kept) || !("Notification" in globalThis)) return "unsupported";
  const { key } = await client.call("push.show", {});
  if (key === null) return "nobody-pushes";
  if (Notification.permission === "denied") return "refused";
  return (await kept.pushManager.getSubscription()) ? "on" : "off";
}

/** Asks the browser's push service for a subscription and tells the own devices. The permission has to be there. */
export async function subscribe(client: Client): Promise<void> {
  const kept = await registration();
  const { key } = await client.call("push.show", {});
  if (!kept || key === null) return;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await inTime(kept.pushManager.subscribe(options));
  const { endpoint, keys = {} } = subscription.toJSON();
  await client.call("push.subscribe", { endpoint: endpoint ?? "", p256dh: keys["p256dh"] ?? "", auth: keys["auth"] ?? "", key });
}

export async function unsubscribe(client: Client): Promise<void> {
  await client.call("push.unsubscribe", {});
  await (await (await registration())?.pushManager.getSubscription())?.unsubscribe();
}

/** Browsers change subscriptions, and a node may be another one: says again what holds now. Nothing where there is none. */
export async function renewPush(client: Client): Promise<void> {
  const manager = (await registration())?.pushManager;
  const subscription = await manager?.getSubscription();
  const { key } = await client.call("push.show", {});
  if (!subscription || key === null) return;
  if (base64url(subscription.options.applicationServerKey) !== key) await subscription.unsubscribe();
  await subscribe(client);
}

/** Some browsers never answer where they cannot reach their service. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("the push service does not answer")), ASK_MS));
  return Promise.race([promise, late]);
}

function base64url(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
