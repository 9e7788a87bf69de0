import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBridgeHost } from "../bridges/host/host.ts";
import { readNetworks } from "../bridges/host/networks.ts";
import { probeIsolation } from "../bridges/host/process/index.ts";
import { createBridgesProjection } from "../bridges/host/projection.ts";
import { Notices } from "../device/account/notices.ts";
import { BridgeBoard } from "../device/bridge-board.ts";
import { followDelivery } from "../device/delivered.ts";
import { Dialer } from "../device/dialer.ts";
import { answerForwarded } from "../device/handlers/bridges.ts";
import { createHandlers } from "../device/handlers/index.ts";
import { SessionFilePeers } from "../device/file-peers.ts";
import { Linking } from "../device/linking.ts";
import { createSearch } from "../device/search.ts";
import { ownCertificate, publishOwnRecord } from "../device/own-record.ts";
import { createRandom } from "../sync/crypto/sodium.ts";
import { HomeportError } from "../sync/errors.ts";
import { Files } from "../sync/files/files.ts";
import { createFilesProjection } from "../sync/files/projection.ts";
import { Listeners } from "../sync/listeners.ts";
import { accountText, deviceText } from "../sync/log/public-id.ts";
import { Sessions } from "../sync/session/sessions.ts";
import { createTransport } from "../transport/index.ts";
import type { Handlers } from "../api/methods.ts";
import { serveApiSocket } from "./api-socket.ts";
import { openBlobFolder } from "./blob-folder.ts";
import { createBulk } from "./bulk.ts";
import { bridgePort } from "./bridge-port.ts";
import { bridgeProcesses, warmCodeCaches } from "./bridge-processes.ts";
import { systemClock } from "./clock.ts";
import { type Config, type ConfigSources, loadConfig } from "./config.ts";
import { forPeople } from "./disk-errors.ts";
import { examine } from "./doctor.ts";
import { defaultListen, keepListen } from "./listening.ts";
import { createLogger } from "./logger.ts";
import { makeDevice } from "./make-device.ts";
import { createNodeCrypto } from "./node-crypto.ts";
import { type AskPassphrase, databasePath, openProfile, readPassphraseFile, readSetting, writeSetting } from "./profile-store.ts";

export interface DaemonOptions extends ConfigSources {
  passphrase: AskPassphrase;
}

/** The whole node, put together in the order in which its parts need each other. */
export async function runDaemon(options: DaemonOptions) {
  const config = loadConfig(options);
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    return await compose(config, options, closers, close);
  } catch (error) {
    await close();
    throw forPeople(error);
  }
}

async function compose(config: Config, options: DaemonOptions, closers: (() => Promise<void> | void)[], close: () => Promise<void>) {
  const { log, redact } = createLogger(config.logLevel);
  const crypto = await createNodeCrypto();
  const random = createRandom();
  const startedAt = systemClock.now();

  const ask = config.passphraseFile === undefined ? options.passphrase : () => readPassphraseFile(config.passphraseFile as string);
  const profile = await openProfile(crypto, random, config.data, ask);
  const projection = createBridgesProjection(random);
  const filesProjection = createFilesProjection();
  const device = orClose(profile.sql, () => makeDevice({ profile, crypto, random, log, bridges: projection, files: filesProjection }));
  closers.push(() => device.close());
  const name = config.name ?? readSetting(profile.sql, "name") ?? hostname();
  if (config.name !== undefined) writeSetting(profile.sql, "name", config.name);

  const transportKey = crypto.signKeypair(profile.transportSeed).publicKey;
  const certificate = await ownCertificate(device, transportKey);
  // The handlers are made last, of everything else; until then no device is connected.
  let handlers: Handlers | undefined;
  const sessions = new Sessions({
    ...{ device, transport: transportKey, certificate },
    handle: (method, text) =>
      handlers
        ? answerForwarded(handlers, method, text)
        : Promise.reject(new HomeportError("starting", "That device is starting. Try again.")),
  });
  const transport = await createTransport({
    ...{ seed: profile.transportSeed, listen: config.listen ?? defaultListen(profile.sql), mdns: config.mdns, log },
    isKnown: (peer) => sessions.isKnown(peer),
  });
  closers.push(() => transport.stop());
  closers.push(() => sessions.close());
  let files: Files | undefined;
  const peers = new SessionFilePeers({ device, sessions, transport, add: (link) => (files ? files.add(link) : link.close()) });
  files = await Files.open({
    ...{ device, projection: filesProjection, peers, quota: config.fileQuota, autoFetch: config.autoFetch },
    blobs: await openBlobFolder(join(config.data, "files")),
  });
  closers.push(() => files?.close());
  if (config.listen === undefined) keepListen(profile.sql, transport.addresses());
  publishOwnRecord(device, { name, addresses: transport.addresses(), certificate });

  const isolation = await probeIsolation(options.env.HOMEPORT_BWRAP);
  if (!isolation.isolated) log("warn", "bridge plugins are not isolated", { why: isolation.reason });
  const networks = readNetworks(bridgesFolder(), (network, error) =>
    log("error", "a bridge cannot be used", { network, what: String(error) }),
  );
  await warmCodeCaches(config.data, isolation, networks.list());
  const bridgeChanges = new Listeners<[]>();
  const host = createBridgeHost({
    ...{ core: device, projection, crypto, random, clock: systemClock, networks, redact, log },
    processes: bridgeProcesses({
      data: config.data,
      isolation,
      clock: systemClock,
      ownPorts: () => transport.ports(),
      chance: () => (random.bytes(1)[0] as number) / 256,
    }),
    onLive: () => bridgeChanges.tell(),
    onEphemeral: () => undefined,
  });
  closers.push(() => host.stop());
  const bridges = bridgePort(host, bridgeChanges);
  const board = new BridgeBoard(device, sessions, bridges);
  bridgeChanges.add(() => board.publish());

  const bulk = createBulk();
  followDelivery(device, sessions);
  const search = createSearch(device);
  closers.push(() => search.stop());
  const linking = new Linking({ device, transport: transportKey, addresses: () => transport.addresses() });
  closers.push(() => linking.close());
  handlers = createHandlers({
    ...{ device, sessions, board, linking, notices: new Notices(device), bridges, files, bulk, search },
    environment: {
      ...{ version: version(), startedAt, addresses: () => transport.addresses() },
      storageBytes: () => storageBytes(config.data),
      doctor: () =>
        examine({ data: config.data, sql: device.sql, vaultKind: profile.vaultKind, isolation, addresses: () => transport.addresses() }),
    },
  });
  transport.onLink("link", (link) => linking.accept(link));
  transport.onLink("files", (link) => files.add(link));
  transport.onLink("sync", (link) => sessions.add(link));
  const dialer = new Dialer({ device, sessions, transport, peers: config.peers });
  closers.push(() => dialer.stop());
  dialer.check();
  const api = await serveApiSocket({
    ...{ data: config.data, handlers, env: options.env, bulk: bulk.accept },
    onMistake: (error, method) =>
      log("error", "a call failed", { method, what: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });
  closers.push(() => api.close());

  let ended: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    ended = resolve;
  });
  return {
    account: accountText(device.account.account),
    device: deviceText(device.self),
    addresses: transport.addresses(),
    url: null,
    stop: () => close().then(ended),
    stopped,
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

function version(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = JSON.parse(readFileSync(join(here, "..", "..", "package.json"), "utf8")) as { version: string };
  return found.version;
}

function storageBytes(data: string): number {
  const path = databasePath(data);
  return [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
