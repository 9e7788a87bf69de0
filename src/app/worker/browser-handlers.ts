import type { DeviceHandlers, Handlers } from "../../api/methods.ts";
import { HomeportError } from "../../sync/errors.ts";

/** The device API in a browser: what belongs to a daemon is refused. */
export function browserHandlers(handlers: DeviceHandlers): Handlers {
  const refuse = () =>
    Promise.reject(new HomeportError("unsupported", "A browser cannot do this. Do it on the home PC, by `homeport` in a terminal."));
  return {
    ...handlers,
    "vault.show": refuse,
    "vault.change": refuse,
    lock: refuse,
    unlock: refuse,
    stop: refuse,
    "web.url": () => Promise.resolve({ url: null }),
    "web.address": refuse,
    "web.choose": refuse,
  };
}
