import { deviceProjections } from "../../device/projections.ts";
import { answerForwarded } from "../../device/handlers/bridges.ts";
import { createHandlers } from "../../device/handlers/index.ts";
import { BridgeBoard } from "../../device/bridge-board.ts";
import { followDelivery } from "../../device/delivered.ts";
import { Dialer } from "../../device/dialer.ts";
import { Linking } from "../../device/linking.ts";
import { ownCertificate, publishOwnRecord } from "../../device/own-record.ts";
import { tellOfClock } from "../../device/account/clock-notice.ts";
import { Notices } from "../../device/account/notices.ts";
import { Moments } from "../../device/moments.ts";
import { SessionFilePeers } from "../../device/file-peers.ts";
import { askStanding } from "../../device/standing/ask.ts";
import { createSearch } from "../../device/search.ts";
import { createFilesProjection, type FilesProjection } from "../../sync/files/projection.ts";
import { Files } from "../../sync/files/files.ts";
import type { DeviceHandlers, Handlers } from "../../api/methods.ts";
import { Device } from "../../sync/device.ts";
import type { Log } from "../../sync/log-port.ts";
import type { Crypto, Random } from "../../sync/ports.ts";
import { Sessions } from "../../sync/session/sessions.ts";
import { createBrowserTransport } from "../../transport/browser/create-transport.ts";
import { Unlocker } from "../../device/unlocking/unlocker.ts";
import { BulkDesk } from "./bulk-desk.ts";
import { browserClock } from "./browser-clock.ts";
import { browserHandlers } from "./browser-handlers.ts";
import { keptBuild } from "./kept-build.ts";
import type { Secrets, StoredKeys } from "./keys.ts";
import { openOpfsBlobs } from "./opfs-blobs.ts";
import { hasPageConnections } from "./rtc-proxy.ts";
import { webCryptoSigner } from "./signer.ts";
import type { BrowserDatabase } from "./wasm-sql.ts";

/** Honest sentences about what seals the data at rest (R1). */
const PROTECTS =
  "The browser keeps the key where scripts cannot copy it; whoever can use this browser's profile on an unlocked device can read everything.";
const PROTECTS_LOCKED =
  "Your passphrase protects what is stored here while it is locked. While it is open, whoever can use this browser reads everything.";

/** Bytes that fetched files may take in a browser. */
const FILE_QUOTA = 512 << 20;
/** Files up to so many bytes come by themselves: a phone's line may be paid for. */
const AUTO_FETCH = 1 << 20;

/** A browser looks names up by itself when it dials. */
const asTheyAre = (addresses: readonly string[]): Promise<string[]> => Promise.resolve([...addresses]);

export interface World {
  crypto: Crypto;
  random: Random;
  database: BrowserDatabase;
  log: Log;
  /** Of the app's build. */
  version: string;
}

export interface RunningDevice {
  device: Device;
  handlers: Handlers;
  bulk: BulkDesk;
  stop(): Promise<void>;
}

/** The core over this browser's database. `ops`: for a device that is new. */
export async function openDevice(
  { crypto, random, database, log }: World,
  keys: StoredKeys,
  dataKey: Uint8Array,
  ops?: readonly Uint8Array[],
  files: FilesProjection = createFilesProjection(),
): Promise<Device> {
  const options = {
    ...{ sql: database.open(), crypto, random, clock: browserClock, log, projections: deviceProjections(crypto, files) },
    signer: webCryptoSigner(keys.device, keys.publicKey),
    dataKey,
  };
  return Device.open(ops ? { ...options, ops } : options);
}

/** The whole browser device, which wipes the secrets, put together in the order in which its parts need each other. */
export async function runDevice(world: World, keys: StoredKeys, secrets: Secrets): Promise<RunningDevice> {
  const { crypto, log, version } = world;
  const app = await keptBuild();
  const startedAt = browserClock.now();
  const projection = createFilesProjection();
  const device = await openDevice(world, keys, secrets.dataKey, undefined, projection);
  const seed = secrets.transportSeed;
  const transportKey = crypto.signKeypair(seed).publicKey;
  const certificate = await ownCertificate(device, transportKey);
  let handlers: DeviceHandlers | undefined;
  const sessions = new Sessions({
    ...{ device, transport: transportKey, certificate },
    handle: (method, text) => (handlers ? answerForwarded(handlers, method, text) : Promise.reject(new Error("starting"))),
  });
  const transport = await createBrowserTransport({
    seed,
    log,
    secure: location.protocol === "https:",
    webRtc: hasPageConnections(),
    isKnown: (peer) => sessions.isKnown(peer),
  });
  crypto.wipe(seed);
  let files: Files | undefined;
  const peers = new SessionFilePeers({ device, sessions, transport, add: (link) => (files ? files.add(link) : link.close()) });
  files = await Files.open({ device, projection, peers, blobs: await openOpfsBlobs(), quota: FILE_QUOTA, autoFetch: AUTO_FETCH });
  const search = createSearch(device);
  publishOwnRecord(device, { name: keys.name, addresses: [], certificate });
  const board = new BridgeBoard(device, sessions, undefined);
  followDelivery(device, sessions);
  const bulk = new BulkDesk();
  const linking = new Linking({ device, transport: transportKey, addresses: () => [] });
  const notices = new Notices(device);
  tellOfClock(device, sessions.clocks, notices);
  handlers = createHandlers({
    ...{
      device,
      sessions,
      board,
      linking,
      notices,
      bridges: undefined,
      files,
      bulk,
      search,
      moments: new Moments(device, sessions),
      backups: undefined,
      unlocker: new Unlocker({ device, transport, peers: [], resolve: asTheyAre }),
    },
    environment: {
      ...{ version, startedAt, addresses: () => [] },
      storageBytes: () =>
        device.sql.get<{ bytes: number }>("select page_count * page_size as bytes from pragma_page_count, pragma_page_size")?.bytes ?? 0,
      doctor: () => Promise.resolve([]),
      vault: () => ({ vault: "browser", protects: keys.lock ? PROTECTS_LOCKED : PROTECTS }),
      app: () => app,
    },
  });
  const dialer = new Dialer({ device, sessions, transport, peers: [], resolve: asTheyAre });
  dialer.check();
  const stopAsking = askStanding({ device, sessions, transport });
  return {
    ...{ device, handlers: browserHandlers(handlers), bulk },
    stop: async () => {
      stopAsking();
      dialer.stop();
      search.stop();
      linking.close();
      sessions.close();
      await files.close();
      await transport.stop();
      device.close();
    },
  };
}
