import { appHashes } from "../../api/app-build.ts";
import { Observable } from "../state/observable.ts";
import { scriptUrl } from "./trusted-urls.ts";

/** A build that the node offers and that is not used yet. */
export interface NewBuild {
  version: string;
  build: string;
}

/** W2: one that waits for the person. */
export const newBuild = new Observable<NewBuild | undefined>(undefined);

/** A page that stays open asks the node so often whether there is another build. */
const LOOK_MS = 3600_000;

let waiting: ServiceWorker | undefined;

/** Has this browser keep the app as it is now, for starting without the node, until the person agrees to another one. */
export function keepBuild(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const { serviceWorker } = navigator;
  const wasKept = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    // Every page of this browser gets here at once when one of them has agreed. Drafts are kept by the session.
    if (wasKept) location.reload();
  });
  void register(serviceWorker);
}

/** All pages of this browser change to the new build. */
export function takeNewBuild(): void {
  waiting?.postMessage({ type: "take-over" });
}

async function register(container: ServiceWorkerContainer): Promise<void> {
  let registration: ServiceWorkerRegistration;
  try {
    registration = await container.register(scriptUrl("/service-worker.js"), { updateViaCache: "none" });
  } catch {
    // Away from home, or a browser that keeps nothing: the app runs all the same as long as it is there.
    return;
  }
  const look = () => {
    if (registration.waiting && container.controller) void offer(registration.waiting);
  };
  look();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
  setInterval(() => {
    // Without a way to the node there is nothing new.
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  }, LOOK_MS);
}

async function offer(worker: ServiceWorker): Promise<void> {
  waiting = worker;
  newBuild.set(await buildOf(worker));
}

/** As the service worker that waits says. */
function buildOf(worker: ServiceWorker): Promise<NewBuild> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      port1.close();
      resolve(appHashes.pick({ version: true, build: true }).catch({ version: "?", build: "?" }).parse(data));
    };
    worker.postMessage({ type: "which" }, [port2]);
  });
}
