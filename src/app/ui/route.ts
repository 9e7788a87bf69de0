import { useSyncExternalStore } from "react";

/** Where the person is; kept in the address, so that back, reload and a second window work. */
export type Route =
  | { page: "chats" }
  | { page: "chat"; conversation: string }
  | { page: "devices" }
  | { page: "bridges" }
  | { page: "who" }
  | { page: "settings" };

const PAGES = ["devices", "bridges", "who", "settings"] as const;

function routeOf(hash: string): Route {
  const [page, rest] = hash.replace(/^#\/?/, "").split("/", 2);
  if (page === "c" && rest) return { page: "chat", conversation: decodeURIComponent(rest) };
  const found = PAGES.find((name) => name === page);
  return found ? { page: found } : { page: "chats" };
}

export function hashOf(route: Route): string {
  if (route.page === "chat") return `#/c/${encodeURIComponent(route.conversation)}`;
  return route.page === "chats" ? "#/" : `#/${route.page}`;
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.hash));
}
