import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallContext, Checked, Handlers, MethodName, Result } from "../api/methods.ts";
import { methods } from "../api/methods.ts";
import type { Status } from "../api/status.ts";
import { decodeSecret } from "../device/unlocking/secret.ts";
import { createRandom } from "../sync/crypto/sodium.ts";
import { HomeportError } from "../sync/errors.ts";
import type { Device } from "../sync/device.ts";
import type { Crypto, Random } from "../sync/ports.ts";
import { serveApiSocket } from "./api-socket.ts";
import type { BulkStream } from "./bulk.ts";
import { systemClock } from "./clock.ts";
import { type Config, type ConfigSources, loadConfig } from "./config.ts";
import { openNode, type OpenNode, storageBytes } from "./daemon.ts";
import { forPeople } from "./disk-errors.ts";
import { createLogger, type Logger } from "./logger.ts";
import { type LockedNode, openDoor } from "./locked/locked-node.ts";
import { createNodeCrypto } from "./node-crypto.ts";
import { forgetDoor, readRemembered, type Remembered, rememberForLock } from "./locked/remembered.ts";
import { type AskPassphrase, hasProfile, noProfile, openDatabase, openProfile, type Profile, readPassphraseFile } from "./profile-store.ts";
import { Notifier } from "./service/notify.ts";
import { changeVault } from "./vault/change.ts";
import type { PassphraseKey } from "./vault/node-vault.ts";
import { askedKey } from "./vault/passphrase-vault.ts";
import { VaultRows, type WrappedKey } from "./vault/rows.ts";
import { vaultOf } from "./vault/vaults.ts";
import { type AppBuild, readAppBuild, shownBuild } from "./web/app-build.ts";
import { appFolder } from "./web/app-folder.ts";
import type { Web, WebOptions } from "./web/start-web.ts";
import { WebStore } from "./web/web-store.ts";

export interface DaemonOptions extends ConfigSources {
  passphrase: AskPassphrase;
  /** Where the vault does not open by itself: start locked, and wait. */
  locked?: boolean | undefined;
}

/** Runs the node of a data folder until it is stopped. */
export async function runDaemon(options: DaemonOptions) {
  const config = loadConfig(options);
  if (!(await hasProfile(config.data))) throw noProfile(config.data);
  const crypto = await createNodeCrypto();
  const keeper = new Keeper({ config, options, crypto, random: createRandom(), logger: createLogger(config.logLevel, config.logFile) });
  try {
    return await keeper.start();
  } catch (error) {
    await keeper.stop();
    throw forPeople(error);
  }
}

interface KeeperParts {
  config: Config;
  options: DaemonOptions;
  crypto: Crypto;
  random: Random;
  logger: Logger;
}

type State =
  | { at: "starting" }
  | { at: "open"; node: OpenNode; end: AbortController }
  | { at: "locked"; remembered: Remembered; door: LockedNode };

/** What the vault's own calls are refused with, which a start with `locked` waits out. */
const SHUT = new Set(["locked-vault", "needs-terminal"]);

/** Keeps a device open or locked, one change after the other, and answers its API in either state. */
class Keeper {
  readonly #parts: KeeperParts;
  readonly #startedAt = systemClock.now();
  readonly #version = version();
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #notifier: Notifier;
  readonly #ended = Promise.withResolvers<void>();
  /** TCP ports of this process that no plugin may reach. */
  readonly #ownPorts: number[] = [];
  readonly #webStore: WebStore;
  #web: Web | undefined;
  #app: AppBuild | undefined;
  #state: State = { at: "starting" };
  #vault: Status["vault"] = { vault: "unknown", protects: "" };
  /** Opened by a passphrase that came over the door, and not at work yet. */
  #inHand: Profile | undefined;
  /** Settles when the change of state that is under way is over. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#webStore = new WebStore(parts.config.data);
    this.#notifier = new Notifier(parts.options.env, parts.logger.log);
  }

  async start() {
    const { config, options, logger } = this.#parts;
    const folder = appFolder();
    this.#app = folder === undefined ? undefined : await readAppBuild(folder);
    await this.#serveMetrics();
    const opening = this.#change(() => this.#openFirst());
    // A failure is told by `opening`; calls that came early wait for it.
    opening.catch(() => undefined);
    const handlers = this.#handlers();
    const onMistake = (error: unknown, method: string) =>
      logger.log("error", "a call failed", { method, what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    const bulk = (stream: BulkStream) => (this.#state.at === "open" ? this.#state.node.acceptBulk(stream) : void stream.destroy());
    const api = await serveApiSocket({
      ...{ data: config.data, handlers, env: options.env, onMistake },
      bulk,
    });
    this.#closers.push(() => api.close());
    await this.#serveWeb({ handlers, onMistake, bulk });
    await opening;
    await this.#notifier.ready(this.#words());
    this.#notifier.watch();
    return { ...this.#shown(), url: this.#web?.url() ?? null, stop: () => this.stop(), stopped: this.#ended.promise };
  }

  async #serveWeb(serving: Pick<WebOptions, "handlers" | "onMistake" | "bulk">): Promise<void> {
    const { config, logger } = this.#parts;
    if (config.http === "off") return;
    const { startWeb } = await import("./web/start-web.ts");
    const web = await startWeb({
      ...{ address: config.http, store: this.#webStore, clock: systemClock, log: logger.log, ...serving },
      acceptPeer: (...request) => this.#state.at === "open" && this.#state.node.acceptPeer(...request),
      wayForPhones: () => {
        const address = this.#state.at === "open" ? this.#state.node.appAddress : undefined;
        return { origin: address?.origin() ?? null, install: address?.install() ?? [] };
      },
    });
    if (!web) return;
    this.#web = web;
    this.#closers.push(() => web.close());
    this.#ownPorts.push(web.port);
  }

  async #serveMetrics(): Promise<void> {
    const { config, logger } = this.#parts;
    if (config.metrics === "off") return;
    const { serveMetrics } = await import("./metrics/server.ts");
    const { measure } = await import("./metrics/measure.ts");
    const server = await serveMetrics(config.metrics, {
      version: this.#version,
      state: () => this.#state.at,
      uptime: () => Math.max(0, (systemClock.now() - this.#startedAt) / 1000),
      databaseBytes: () => storageBytes(config.data),
      measure: () => measure(this.#state.at === "open" ? this.#state.node : undefined),
    });
    this.#closers.push(() => server.close());
    this.#ownPorts.push(server.port);
    logger.log("info", "metrics are served", { host: server.host, port: server.port });
  }

  /** The answers of calls in flight are lost; nothing else. */
  async stop(): Promise<void> {
    const told = this.#notifier.stopping();
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.#change(async () => {
      const state = this.#state;
      this.#state = { at: "starting" };
      if (state.at === "open") await state.node.close();
      if (state.at === "locked") await state.door.close();
      this.#inHand?.sql.close();
    });
    await told;
    this.#ended.resolve();
  }

  /** For the service manager. */
  #words(): string {
    return this.#state.at === "locked" ? "Locked: waits for homeport unlock" : "Running";
  }

  #shown() {
    const state = this.#state;
    if (state.at === "open")
      return { account: state.node.account, device: state.node.device, addresses: state.node.addresses, locked: false };
    if (state.at === "locked")
      return { account: state.remembered.account, device: state.remembered.device, addresses: state.door.addresses(), locked: true };
    throw new HomeportError("stopped", "Homeport is shutting down.");
  }

  #change<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #openFirst(): Promise<void> {
    const { config, options, crypto } = this.#parts;
    const { passphraseFile } = config;
    const ask = passphraseFile !== undefined ? () => readPassphraseFile(passphraseFile) : options.locked ? unasked : options.passphrase;
    try {
      await this.#open(await this.#profile(askedKey(crypto, ask)));
    } catch (error) {
      if (!options.locked || !(error instanceof HomeportError) || !SHUT.has(error.code)) throw error;
      this.#parts.logger.log("warn", "the device stays locked", { why: error.message });
      await this.#enterLocked();
    }
  }

  #profile(passphraseKey: PassphraseKey): Promise<Profile> {
    const { config, crypto, random } = this.#parts;
    return openProfile(crypto, random, config.data, unasked, passphraseKey);
  }

  async #open(profile: Profile): Promise<void> {
    const { config, options, crypto, random, logger } = this.#parts;
    const parts = {
      config,
      env: options.env,
      crypto,
      random,
      ...logger,
      startedAt: this.#startedAt,
      version: this.#version,
      ownPorts: this.#ownPorts,
      app: this.#app,
    };
    this.#vault = this.#describe(new VaultRows(profile.sql).current());
    const node = await openNode(profile, {
      ...{ ...parts, webStore: this.#webStore },
      vault: () => this.#vault,
      hasHttp: () => this.#web !== undefined || config.http !== "off",
    });
    this.#state = { at: "open", node, end: new AbortController() };
  }

  async #enterLocked(): Promise<void> {
    const { config, crypto, logger } = this.#parts;
    const sql = await openDatabase(config.data);
    let remembered: Remembered;
    try {
      remembered = readRemembered(sql, crypto);
    } finally {
      sql.close();
    }
    this.#vault = this.#describe(remembered.wrapped);
    const door = await openDoor({
      ...{ config, crypto, log: logger.log, remembered },
      attempt: (key) => this.#change(() => this.#try(key)),
      opened: () => void this.#change(() => this.#unlock(() => Promise.reject(shut()))).catch((error: unknown) => this.#failed(error)),
    }).catch((error: unknown): LockedNode => {
      logger.log("error", "other devices cannot unlock this one", { what: error instanceof Error ? error.message : "unknown" });
      return { addresses: () => [], close: async () => undefined };
    });
    this.#state = { at: "locked", remembered, door };
  }

  /** A passphrase's key from another own device. */
  async #try(key: Uint8Array): Promise<boolean> {
    if (this.#state.at !== "locked" || this.#inHand) return true;
    try {
      this.#inHand = await this.#profile(async () => key.slice());
      return true;
    } catch (error) {
      if (error instanceof HomeportError && error.code === "locked-vault") return false;
      throw error;
    }
  }

  async #unlock(passphraseKey: PassphraseKey): Promise<void> {
    if (this.#state.at !== "locked") return;
    const profile = this.#inHand ?? (await this.#profile(passphraseKey));
    this.#inHand = undefined;
    await this.#state.door.close();
    try {
      await this.#open(profile);
    } catch (error) {
      await this.#enterLocked();
      throw forPeople(error);
    }
    this.#parts.logger.log("info", "unlocked");
    await this.#notifier.status(this.#words());
  }

  async #lock(): Promise<void> {
    if (this.#state.at !== "open") return;
    const { node, end } = this.#state;
    this.#state = { at: "starting" };
    end.abort(locked());
    await node.close();
    await this.#enterLocked();
    this.#parts.logger.log("info", "locked");
    await this.#notifier.status(this.#words());
  }

  async #changeVault({ vault: kind, passphrase }: Checked<"vault.change">): Promise<Result<"vault.change">> {
    if (this.#state.at !== "open") throw locked();
    if ((kind === "passphrase") !== (passphrase !== undefined))
      throw new HomeportError("invalid-params", "A passphrase goes with the vault `passphrase`, and with no other.");
    const { core } = this.#state.node;
    const { config, crypto, random, logger } = this.#parts;
    const secret = passphrase === undefined ? new Uint8Array() : decodeSecret(passphrase);
    const world = { crypto, random, data: config.data, passphraseKey: askedKey(crypto, async () => secret.slice()) };
    const rows = new VaultRows(core.sql);
    const before = rows.current() as WrappedKey;
    const dataKey = core.copyDataKey();
    try {
      const clean = await changeVault(core.sql, dataKey, vaultOf(world, before.kind), vaultOf(world, kind));
      if (!clean) logger.log("warn", "the old key could not be erased yet; it is tried again at the next start");
    } finally {
      crypto.wipe(dataKey);
      crypto.wipe(secret);
    }
    forgetDoor(core.sql);
    rememberForLock(core, random);
    this.#vault = this.#describe(rows.current());
    logger.log("info", "the vault was changed", { vault: kind });
    return this.#vault;
  }

  #describe(key: WrappedKey | undefined): Status["vault"] {
    if (!key) throw new HomeportError("corrupt", "The profile was never finished. Move the folder away and begin again.");
    const { config, crypto, random } = this.#parts;
    const vault = vaultOf({ crypto, random, data: config.data, passphraseKey: () => Promise.reject(shut()) }, key.kind);
    return { vault: key.kind, protects: vault.protects(key.wrapped) };
  }

  /** Every method of the API: the daemon's own here, the others by the device while it is open. */
  #handlers(): Handlers {
    const forwarded = Object.fromEntries(
      (Object.keys(methods) as MethodName[]).map((name) => [name, (params: never, context: never) => this.#forward(name, params, context)]),
    ) as unknown as Handlers;
    return {
      ...forwarded,
      status: async (params, context) => (await this.#settled("status", params, context)) ?? this.#lockedStatus(),
      "vault.show": async () => {
        await this.#turn;
        return { ...this.#vault, locked: this.#state.at === "locked", unlocksFromAfar: this.#unlocksFromAfar() };
      },
      "vault.change": (params) => this.#change(() => this.#changeVault(params)),
      lock: async () => {
        await this.#change(() => this.#lock());
        return { locked: true };
      },
      unlock: async ({ passphrase }) => {
        const { crypto, config } = this.#parts;
        const { passphraseFile } = config;
        const ask =
          passphrase !== undefined
            ? async () => decodeSecret(passphrase)
            : passphraseFile !== undefined
              ? () => readPassphraseFile(passphraseFile)
              : unasked;
        await this.#change(() => this.#unlock(askedKey(crypto, ask)));
        return { locked: false };
      },
      "web.url": async () => ({ url: this.#web?.url() ?? null }),
      "web.address": async () => this.#appAddress(await this.#openNode()),
      "web.choose": (params) => this.#chooseAddress(params),
      stop: async () => {
        // After the answer is on its way.
        setImmediate(() => void this.stop());
        return { stopping: true };
      },
    };
  }

  async #forward(name: MethodName, params: unknown, context: CallContext<MethodName>): Promise<unknown> {
    await this.#turn;
    if (this.#state.at !== "open")
      throw this.#state.at === "locked" ? locked() : new HomeportError("stopped", "Homeport is shutting down.");
    const { node, end } = this.#state;
    const handler = node.handlers[name as keyof typeof node.handlers] as (params: unknown, context: unknown) => Promise<unknown>;
    const gone = Promise.withResolvers<never>();
    const lock = () => gone.reject(locked());
    end.signal.addEventListener("abort", lock, { once: true });
    try {
      return await Promise.race([handler(params, { ...context, signal: AbortSignal.any([context.signal, end.signal]) }), gone.promise]);
    } finally {
      end.signal.removeEventListener("abort", lock);
    }
  }

  /** Undefined while it is locked. */
  async #settled(name: "status", params: Checked<"status">, context: CallContext<"status">): Promise<Result<"status"> | undefined> {
    await this.#turn;
    if (this.#state.at === "locked") return undefined;
    return (await this.#forward(name, params, context)) as Result<"status">;
  }

  #lockedStatus(): Result<"status"> {
    if (this.#state.at !== "locked") throw new HomeportError("stopped", "Homeport is shutting down.");
    const { remembered, door } = this.#state;
    return {
      version: this.#version,
      account: remembered.account,
      device: remembered.device || "unknown",
      uptime: Math.max(0, (systemClock.now() - this.#startedAt) / 1000),
      addresses: door.addresses(),
      peers: [],
      bridges: [],
      notices: [],
      storage: { bytes: storageBytes(this.#parts.config.data), entries: remembered.entries },
      locked: true,
      vault: this.#vault,
      app: shownBuild(this.#app),
    };
  }

  async #openNode(): Promise<OpenNode> {
    await this.#turn;
    if (this.#state.at === "open") return this.#state.node;
    throw this.#state.at === "locked" ? locked() : new HomeportError("stopped", "Homeport is shutting down.");
  }

  #appAddress({ appAddress, core }: OpenNode): Result<"web.address"> {
    return appAddress.describe(browsersOf(core).length);
  }

  /** W3: what a browser keeps belongs to its origin, so that another one is a decision. */
  async #chooseAddress({ choice, anyway }: Checked<"web.choose">): Promise<Result<"web.choose">> {
    const node = await this.#openNode();
    const [before, browsers] = [node.appAddress.origin(), browsersOf(node.core)];
    const stays = choice.way !== "none" && before === choice.origin;
    if (before !== undefined && !stays && !anyway && browsers.length > 0) throw browsersLinked(before, browsers.length);
    await node.appAddress.choose(choice);
    return this.#appAddress(node);
  }

  #unlocksFromAfar(): boolean {
    return this.#vault.vault === "passphrase";
  }

  /** A change that nobody asked for over the API. */
  #failed(error: unknown): void {
    this.#parts.logger.log("error", "could not be unlocked", { what: error instanceof Error ? error.message : "unknown" });
  }
}

const unasked = (): Promise<never> => Promise.reject(shut());

const shut = (): HomeportError =>
  new HomeportError("locked-vault", "The vault needs its passphrase. Give it by --passphrase-file, or on a terminal.");

/** Admitted devices that are browsers. */
function browsersOf(core: Device): unknown[] {
  return [...core.account.devices.values()].filter((device) => device.class === "browser" && core.isAdmitted(device.key));
}

const browsersLinked = (origin: string, count: number): HomeportError =>
  new HomeportError(
    "browsers-linked",
    `${count === 1 ? "A browser is" : `${count} browsers are`} linked as a device, perhaps under ${origin}. What a browser keeps belongs to the address: under another one it has to be linked again, and what it wrote and has not handed over yet stays behind. To change the address all the same, say so (--anyway).`,
  );

const locked = (): HomeportError =>
  new HomeportError("locked", "This device is locked. Run `homeport unlock`, or `homeport device unlock` on another of your devices.");

function version(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = JSON.parse(readFileSync(join(here, "..", "..", "package.json"), "utf8")) as { version: string };
  return found.version;
}
