import type { Handlers } from "../../api/methods.ts";
import type { ServeOptions } from "../../api/server.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { Log } from "../../sync/log-port.ts";
import type { Clock } from "../../sync/ports.ts";
import type { BulkStream } from "../bulk.ts";
import type { HttpAddress } from "../config.ts";
import { appFiles } from "./app-files.ts";
import { OneTimeTokens } from "./one-time-tokens.ts";
import { serveWeb, type WebServer } from "./web-server.ts";
import { WebSessions } from "./web-sessions.ts";
import type { SiteOptions } from "./site.ts";
import type { WebStore } from "./web-store.ts";

export interface WebOptions extends ServeOptions, Pick<SiteOptions, "acceptPeer" | "wayForPhones"> {
  address: HttpAddress;
  store: WebStore;
  clock: Clock;
  handlers: Handlers;
  log: Log;
  /** Takes connections that carry the bytes of files. */
  bulk?: ((stream: BulkStream) => void) | undefined;
}

export interface Web {
  origin: string;
  port: number;
  /** Lets one browser of this machine use the device API, once, within ten minutes. */
  url(): string;
  close(): Promise<void>;
}

/** Undefined where the app was not built. Throws `HomeportError`: `port-in-use`, `listen-failed`. */
export async function startWeb({ address, store, clock, handlers, log, ...rest }: WebOptions): Promise<Web | undefined> {
  const files = appFiles();
  if (files === undefined) {
    log("warn", "the web interface is not there: it was not built; run `npm run build:app`");
    return undefined;
  }
  const tokens = new OneTimeTokens(clock);
  const phones = () => {
    const chosen = store.address();
    return chosen.way === "proxy" ? [chosen.origin] : [];
  };
  const open = (port: number): Promise<WebServer> =>
    serveWeb({
      ...{ address: { ...address, port }, phones, files, handlers, tokens, clock },
      ...{ sessions: new WebSessions(store, clock), ...rest },
    });
  const server = await (address.port === 0 ? openKept(store, open) : open(address.port));
  return { origin: server.origin, port: server.port, url: () => `${server.origin}/#token=${tokens.issue()}`, close: () => server.close() };
}

async function openKept(store: WebStore, open: (port: number) => Promise<WebServer>): Promise<WebServer> {
  const { port: kept } = store.get();
  try {
    const server = await open(kept);
    if (kept === 0) store.change({ port: server.port });
    return server;
  } catch (error) {
    // Another program took it meanwhile; this start gets another one.
    if (kept !== 0 && error instanceof HomeportError && error.code === "port-in-use") return open(0);
    throw error;
  }
}
