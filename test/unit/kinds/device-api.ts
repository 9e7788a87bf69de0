import { Moments } from "../../../src/device/moments.ts";
import type { WatchEvent } from "../../../src/api/messages.ts";
import type { HandlerContext } from "../../../src/device/context.ts";
import { chatHandlers } from "../../../src/device/handlers/chats.ts";
import { messageHandlers } from "../../../src/device/handlers/messages.ts";
import { noteHandlers } from "../../../src/device/handlers/notes.ts";
import { attentionHandlers } from "../../../src/device/handlers/attention.ts";
import { readHandlers } from "../../../src/device/handlers/read.ts";
import { watchHandlers } from "../../../src/device/handlers/watch.ts";
import { BridgeBoard } from "../../../src/device/bridge-board.ts";
import { Notices } from "../../../src/device/account/notices.ts";
import { Files } from "../../../src/sync/files/files.ts";
import { Listeners } from "../../../src/sync/listeners.ts";
import { MemoryBlobs } from "../files/memory-blobs.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";

/** Its files; nobody brings any. */
export function filesOf({ device, files: projection }: SimDevice): Promise<Files> {
  const peers = { online: () => [], changes: new Listeners<[Uint8Array, boolean]>(), reach: () => undefined };
  return Files.open({ device, projection, peers, blobs: new MemoryBlobs(), quota: 1 << 20, autoFetch: 0 });
}

export type Api = ReturnType<typeof chatHandlers> &
  ReturnType<typeof messageHandlers> &
  ReturnType<typeof noteHandlers> &
  ReturnType<typeof readHandlers> &
  ReturnType<typeof attentionHandlers> &
  ReturnType<typeof watchHandlers>;

/** What the API of a simulated device can do with messages and conversations; the parts of a device that these do not use are left out. */
export async function deviceApi(sim: SimDevice): Promise<Api> {
  const { device, sessions } = sim;
  const board = new BridgeBoard(device, sessions, undefined);
  const moments = new Moments(device, sessions);
  const context = { device, sessions, board, moments, notices: new Notices(device), files: await filesOf(sim) } as HandlerContext;
  return {
    ...{ ...chatHandlers(context), ...messageHandlers(context), ...noteHandlers(context) },
    ...{ ...readHandlers(context), ...attentionHandlers(context), ...watchHandlers(context) },
  };
}

/** A handler that is no stream. */
export const CALL = { signal: new AbortController().signal, emit: () => Promise.resolve() };

/** What `watch` has to tell from a cursor until now. */
export async function watched(api: Api, after: string): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  const stop = new AbortController();
  const done = api.watch({ after }, { signal: stop.signal, emit: async (event) => void events.push(event) });
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await done.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return events;
}
