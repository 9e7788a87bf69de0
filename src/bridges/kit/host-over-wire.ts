import type { Duplex } from "node:stream";
import type { DialRequest, Host } from "../contract/index.ts";
import type { LinkFacts } from "../../security-labels/index.ts";
import { BridgeError } from "./bridge-error.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { Connection } from "./wire/connection.ts";
import type { Dialed, HostCalls, HostNotes } from "./wire/methods.ts";
import { MuxStream } from "./wire/mux-stream.ts";

/** Milliseconds. Longer than what the host itself gives a dial, so that its own words arrive. */
const DIAL_DEADLINE = 60_000;
const INGEST_DEADLINE = 120_000;
const SHORT_DEADLINE = 30_000;
/** What the host takes of a plugin's lines without ending it. */
const LOG_RATE = { burst: 200, perSecond: 50 };
const STATE_RATE = { burst: 50, perSecond: 20 };
const MAX_LOG = 2_000;

type Log = HostNotes["log"];

/** The contract's `Host`, spoken to over the wire. `now` is any steady clock, in milliseconds. */
export function hostOverWire(connection: Connection, now: () => number): Host {
  const call = <M extends keyof HostCalls>(method: M, params: HostCalls[M], deadline: number): Promise<unknown> =>
    connection.call(method, params, { deadline });
  return {
    dial: (to) => dial(connection, to),
    upgrade: (stream, options) => upgrade(connection, stream, options.servername),
    ingest: async (batch) => (await call("ingest", batch, INGEST_DEADLINE)) as { inserted: number; duplicates: number },
    state: stateOver(connection, now),
    lookup: async (query) => ((await call("lookup", query, SHORT_DEADLINE)) ?? undefined) as Awaited<ReturnType<Host["lookup"]>>,
    vault: {
      get: async (key) => ((await call("vaultGet", { key }, SHORT_DEADLINE)) ?? undefined) as string | undefined,
      set: async (key, value) => void (await call("vaultSet", { key, value }, SHORT_DEADLINE)),
    },
    log: logOver(connection, now),
  };
}

async function dial(connection: Connection, to: DialRequest): Promise<{ stream: Duplex; link: LinkFacts }> {
  return onNewStream(connection, (stream) =>
    connection.call("dial", { ...to, stream } satisfies HostCalls["dial"], { deadline: DIAL_DEADLINE }),
  );
}

async function upgrade(connection: Connection, old: Duplex, servername: string): Promise<{ stream: Duplex; link: LinkFacts }> {
  if (!(old instanceof MuxStream) || old.destroyed) throw insecure("Only an open stream of this host can be upgraded.");
  if (old.unread > 0) throw insecure("The server sent something in plain text before the encryption began.");
  if (old.writableLength > 0) throw insecure("Not everything written in plain text has been sent yet.");
  old.on("error", ignore);
  old.on("data", (_bytes: Buffer) => old.destroy(insecure("The server sent something in plain text while the encryption began.")));
  try {
    return await onNewStream(connection, async (stream) => {
      const answer = await connection.call("upgrade", { from: old.id, stream, servername } satisfies HostCalls["upgrade"], {
        deadline: DIAL_DEADLINE,
      });
      if (old.errored !== null) throw old.errored;
      return answer;
    });
  } finally {
    old.destroy();
  }
}

/** Who asked is told by the call's own error. */
const ignore = (): void => undefined;

async function onNewStream(connection: Connection, ask: (id: number) => Promise<unknown>): Promise<{ stream: Duplex; link: LinkFacts }> {
  const stream = connection.openStream();
  stream.on("error", ignore);
  try {
    const { link } = (await ask(stream.id)) as Dialed;
    return { stream, link };
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    stream.off("error", ignore);
  }
}

const insecure = (message: string): BridgeError => new BridgeError({ code: "insecure", sent: "no", message });

/** The newest state always arrives; those between two that come too fast are left out. */
function stateOver(connection: Connection, now: () => number): Host["state"] {
  const bucket = new TokenBucket(STATE_RATE, now());
  let newest: HostNotes["state"] | undefined;
  const send = (): void => {
    connection.note("state", newest);
    newest = undefined;
  };
  return (state) => {
    const waiting = newest !== undefined;
    newest = state;
    if (waiting) return;
    if (bucket.take(now())) send();
    else setTimeout(send, bucket.waitMs(now()));
  };
}

/** Lines above the rate are dropped, and the next line says how many. */
function logOver(connection: Connection, now: () => number): Host["log"] {
  const bucket = new TokenBucket(LOG_RATE, now());
  let dropped = 0;
  const send = (line: Log): void => connection.note("log", line);
  return (level, message, fields) => {
    if (!bucket.take(now())) {
      dropped++;
      return;
    }
    if (dropped > 0) send({ level: "warn", message: "lines of the plugin were dropped", fields: { dropped } });
    dropped = 0;
    send({ level, message: message.slice(0, MAX_LOG), fields });
  };
}
