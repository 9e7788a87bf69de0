import { statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBridgeHost } from "../bridges/host/host.ts";
import { readNetworks } from "../bridges/host/networks.ts";
import { probeIsolation } from "../bridges/host/process/index.ts";
import { createBridgesProjection } from "../bridges/host/projection.ts";
import { tellOfClock } from "../device/account/clock-notice.ts";
import { Notices } from "../device/account/notices.ts";
import { BridgeBoard } from "../device/bridge-board.ts";
import { followDelivery } from "../device/delivered.ts";
import { Dialer } from "../device/dialer.ts";
import { answerForwarded } from "../device/handlers/bridges.ts";
import { createHandlers } from "../device/handlers/index.ts";
import { SessionFilePeers } from "../device/file-peers.ts";
import { Linking } from "../device/linking.ts";
import { tellStanding } from "../device/standing/tell.ts";
import { createSearch } from "../device/search.ts";
import { Moments } from "../device/moments.ts";
import { Retirement } from "../device/retirement.ts";
import { ownCertificate, publishOwnRecord } from "../device/own-record.ts";
import { publishPushKey } from "../device/push/records.ts";
import { HomeportError } from "../sync/errors.ts";
import { Files } from "../sync/files/files.ts";
import { createFilesProjection } from "../sync/files/projection.ts";
import { Listeners } from "../sync/listeners.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import { Sessions } from "../sync/session/sessions.ts";
import { withoutPeer } from "../transport/addresses.ts";
import { createTransport, Relay, Reservation } from "../transport/index.ts";
import { Backups } from "./backup/backups.ts";
import { blobFolder, openBlobFolder } from "./blob-folder.ts";
import { type BulkStream, createBulk } from "./bulk.ts";
import type { DeviceHandlers } from "../api/methods.ts";
import type { Status } from "../api/status.ts";
import type { BridgePort } from "../device/bridge-port.ts";
import { Unlocker } from "../device/unlocking/unlocker.ts";
import type { Device } from "../sync/device.ts";
import type { Crypto, Random } from "../sync/ports.ts";
import { bridgePort } from "./bridge-port.ts";
import { bridgeProcesses, warmCodeCaches } from "./bridge-processes.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { type AppBuild, shownBuild } from "./web/app-build.ts";
import { ClockWatch } from "./doctor/clock-watch.ts";
import { examine } from "./doctor/examine.ts";
import { defaultListen, keepListen } from "./listening.ts";
import type { Logger } from "./logger.ts";
import { makeDevice } from "./make-device.ts";
import { momentary } from "./momentary.ts";
import { namedPeers } from "./named-peers.ts";
import { vapidKeys } from "./push/keys.ts";
import { Pusher } from "./push/pusher.ts";
import { sendPush } from "./push/send.ts";
import { databasePath, type Profile, readSetting, writeSetting } from "./profile-store.ts";
import { rememberForLock } from "./locked/remembered.ts";
import { pinnedCertificate } from "./tls/pinned-certificate.ts";
import { SealedSecrets } from "./tls/sealed-secrets.ts";
import { AppAddress } from "./web/address/app-address.ts";
import type { AcceptPeer } from "./web/site.ts";
import type { WebStore } from "./web/web-store.ts";

export interface NodeParts extends Logger {
  config: Config;
  env: Readonly<Record<string, string | undefined>>;
  crypto: Crypto;
  random: Random;
  /** Milliseconds since 1970. */
  startedAt: number;
  version: string;
  /** TCP ports that the process listens on beside the node's own. */
  ownPorts: readonly number[];
  /** What seals the data at rest, as `status` shows it. */
  vault: () => Status["vault"];
  /** The web app beside this node. */
  app: AppBuild | undefined;
  /** What the web server keeps. */
  webStore: WebStore;
  /** The web server of this machine runs. */
  hasHttp: () => boolean;
}

/** A device with its key in memory, connected and at work. */
export interface OpenNode {
  account: string;
  device: string;
  addresses: string[];
  handlers: DeviceHandlers;
  /** The core of it. */
  core: Device;
  sessions: Sessions;
  /** States of the bridge accounts that this node hosts. */
  bridges: BridgePort;
  /** A connection that carries the bytes of a file. */
  acceptBulk(stream: BulkStream): void;
  /** Where phones find the app. */
  appAddress: AppAddress;
  /** A request for a WebSocket of another device, that came to the app's server. */
  acceptPeer: AcceptPeer;
  /** Ends all of it, and wipes its keys. */
  close(): Promise<void>;
}

/** The whole node over an opened profile, put together in the order in which its parts need each other. */
export async function openNode(profile: Profile, parts: NodeParts): Promise<OpenNode> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    return await compose(profile, parts, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void> | void)[];

async function compose(profile: Profile, parts: NodeParts, closers: Closers, close: () => Promise<void>): Promise<OpenNode> {
  const { config, env, crypto, random, startedAt, version, vault, log, redact } = parts;
  closers.push(() => {
    profile.signer.close();
    crypto.wipe(profile.transportSeed);
  });
  const projection = createBridgesProjection(random);
  const filesProjection = createFilesProjection();
  const device = orClose(profile.sql, () => makeDevice({ profile, crypto, random, log, bridges: projection, files: filesProjection }));
  closers.push(() => device.close());
  const name = config.name ?? readSetting(profile.sql, "name") ?? hostname();
  if (config.name !== undefined) writeSetting(profile.sql, "name", config.name);

  const transportKey = crypto.signKeypair(profile.transportSeed).publicKey;
  const certificate = await ownCertificate(device, transportKey);
  rememberForLock(device, random);
  // The handlers are made last, of everything else; until then no device is connected.
  let handlers: DeviceHandlers | undefined;
  const sessions = new Sessions({
    ...{ device, transport: transportKey, certificate },
    handle: (method, text) =>
      handlers
        ? answerForwarded(handlers, method, text)
        : Promise.reject(new HomeportError("starting", "That device is starting. Try again.")),
  });
  const secrets = new SealedSecrets(profile.sql, crypto, random, profile.dataKey);
  closers.push(() => secrets.close());
  const transport = await createTransport({
    ...{ seed: profile.transportSeed, listen: config.listen ?? defaultListen(profile.sql), mdns: config.mdns, log },
    webRtc: config.webrtc === "off" ? undefined : { port: config.webrtc, certificate: await pinnedCertificate(secrets, random) },
    isKnown: (peer) => sessions.isKnown(peer),
  });
  closers.push(() => transport.stop());
  closers.push(() => sessions.close());
  let files: Files | undefined;
  const peers = new SessionFilePeers({ device, sessions, transport, add: (link) => (files ? files.add(link) : link.close()) });
  files = await Files.open({
    ...{ device, projection: filesProjection, peers, quota: config.fileQuota, autoFetch: config.autoFetch },
    blobs: await openBlobFolder(blobFolder(config.data)),
  });
  closers.push(() => files?.close());
  if (config.listen === undefined) keepListen(profile.sql, transport.addresses());
  const appAddress: AppAddress = new AppAddress({
    ...{ store: parts.webStore, https: config.https, hasHttp: parts.hasHttp, secrets, random, clock: systemClock, log },
    acceptPeer: transport.acceptWebSocket,
    changed: () => announce(),
  });
  closers.push(() => appAddress.close());
  const reservations: Reservation[] = [];
  const announce = (): void => {
    const own = appAddress.peerAddress();
    transport.announce([...(own === undefined ? [] : [own]), ...reservations.flatMap((reservation) => reservation.addresses())]);
    publishOwnRecord(device, { name, addresses: transport.addresses(), certificate });
  };
  await appAddress.start();
  announce();

  const isolation = await probeIsolation(env.HOMEPORT_BWRAP);
  if (!isolation.isolated) log("warn", "bridge plugins are not isolated", { why: isolation.reason });
  const networks = readNetworks(bridgesFolder(), (network, error) =>
    log("error", "a bridge cannot be used", { network, what: String(error) }),
  );
  await warmCodeCaches(config.data, isolation, networks.list());
  const bridgeChanges = new Listeners<[]>();
  const moments = new Moments(device, sessions);
  const host = createBridgeHost({
    ...{ core: device, projection, crypto, random, clock: systemClock, networks, redact, log },
    processes: bridgeProcesses({
      data: config.data,
      isolation,
      clock: systemClock,
      ownPorts: () => [...transport.ports(), ...appAddress.ports(), ...parts.ownPorts],
      chance: () => (random.bytes(1)[0] as number) / 256,
    }),
    onLive: () => bridgeChanges.tell(),
    onEphemeral: (event) => moments.tell(event.conversation, momentary(event)),
  });
  closers.push(() => host.stop());
  const bridges = bridgePort(host, bridgeChanges);
  const board = new BridgeBoard(device, sessions, bridges);
  bridgeChanges.add(() => board.publish());

  const bulk = createBulk();
  followDelivery(device, sessions);
  const backups = new Backups(
    { device, sql: profile.sql, dataKey: profile.dataKey, data: config.data, files: blobFolder(config.data), version },
    config.backup,
    log,
  );
  closers.push(() => backups.stop());
  const search = createSearch(device);
  closers.push(() => search.stop());
  const linking = new Linking({ device, transport: transportKey, addresses: () => transport.addresses() });
  closers.push(() => linking.close());
  const clock = new ClockWatch({
    wall: () => systemClock.now(),
    steady: () => performance.now(),
    jumped: ({ by }) => {
      log("warn", "the clock of the machine jumped", { seconds: Math.round(by / 1000) });
      sessions.clocks.moved(by);
    },
  });
  closers.push(() => clock.stop());
  const resolve = namedPeers(config.peers);
  const unlocker = new Unlocker({ device, transport, peers: config.peers, resolve });
  const notices = new Notices(device);
  tellOfClock(device, sessions.clocks, notices);
  const retirement = new Retirement(device, sessions);
  closers.push(() => retirement.stop());
  handlers = createHandlers({
    ...{ device, sessions, board, moments, linking, notices, bridges, files, bulk, search, backups, unlocker },
    environment: {
      ...{ version, startedAt, addresses: () => transport.addresses(), vault, app: () => shownBuild(parts.app) },
      storageBytes: () => storageBytes(config.data) + files.storedBytes(),
      doctor: () =>
        examine({
          ...{ data: config.data, device, protects: vault().protects, isolation, clock, env, app: parts.app },
          peerClocks: sessions.clocks,
          addresses: () => transport.addresses(),
        }),
    },
  });
  const keys = vapidKeys(profile.sql, crypto, random, profile.dataKey);
  closers.push(() => crypto.wipe(keys.privateKey));
  publishPushKey(device, keys.publicKey);
  const settings = { keys, contact: config.pushContact, anywhere: env["HOMEPORT_PUSH_ANYWHERE"] === "1" };
  const pusher = new Pusher({ device, sessions, key: keys.publicKey, send: (target) => sendPush(target, settings) });
  closers.push(() => pusher.stop());
  transport.onLink("standing", (link) => tellStanding(device, link));
  if (config.relay) {
    const relay = new Relay({ newId: () => random.bytes(16), addresses: () => transport.addresses().map(withoutPeer) });
    transport.onLink("relay", (link) => relay.accept(link));
  }
  for (const at of config.relayAt)
    reservations.push(
      new Reservation({
        ...{ relay: at, transport: transport.relays, clock: systemClock, log, changed: announce },
        isKnown: (key) => sessions.isKnown(key),
        dial: (key, addresses, signal) => transport.dial(key, addresses, "relay", signal),
      }),
    );
  closers.push(() => {
    for (const reservation of reservations) reservation.stop();
  });
  transport.onLink("link", (link) => linking.accept(link));
  transport.onLink("files", (link) => files.add(link));
  transport.onLink("sync", (link) => sessions.add(link));
  const dialer = new Dialer({ device, sessions, transport, peers: config.peers, resolve });
  closers.push(() => dialer.stop());
  dialer.check();
  return {
    account: accountText(device.account.account),
    device: deviceText(device.self),
    addresses: transport.addresses(),
    ...{ handlers, core: device, sessions, bridges, appAddress, acceptPeer: transport.acceptWebSocket, acceptBulk: bulk.accept, close },
  };
}

function orClose<T>(sql: { close(): void }, make: () => T): T {
  try {
    return make();
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** The plugins lie beside the host, in a checkout and in the package. */
function bridgesFolder(): string {
  return join(dirname(fileURLToPath(import.meta.url)), "..", "bridges");
}

/** Of the database. */
export function storageBytes(data: string): number {
  const path = databasePath(data);
  return [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
