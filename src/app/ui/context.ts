import { createContext, useContext } from "react";
import type { OwnDevice } from "../connection/own-device.ts";
import type { Store } from "../state/store.ts";

export interface AppContext {
  store: Store;
  /** Where this browser is the device itself, and this page holds it. */
  own: OwnDevice | undefined;
  /** The device is this browser, whichever page holds it; else the page controls the node. */
  isBrowser: boolean;
}

export const AppContextValue = createContext<AppContext | undefined>(undefined);

export function useApp(): AppContext {
  const context = useContext(AppContextValue);
  if (!context) throw new TypeError("used outside of the app");
  return context;
}
