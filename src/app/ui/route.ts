import { useSyncExternalStore } from "react";
import { hashOf, type Route, routeOf } from "./addresses.ts";

export { hashOf, PAGES, type PageName, type Route, titleOf } from "./addresses.ts";

export function go(route: Route): void {
  location.hash = hashOf(route);
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
