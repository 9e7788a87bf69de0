import "../no-code-from-text.ts";
import type { Channel } from "../../api/channel.ts";
import { serve } from "../../api/server.ts";
import { createRandom, createSodiumCrypto } from "../../sync/crypto/sodium.ts";
import { standingOf } from "../../sync/account/resolve.ts";
import { HomeportError } from "../../sync/errors.ts";
import { accountText, deviceText } from "../../sync/log/public-id.ts";
import { type RunningDevice, runDevice, type World } from "./compose.ts";
import type { DeviceState, FromWorker, ToWorker } from "./control.ts";
import { joinInBrowser } from "./join.ts";
import { whenIdle } from "./idle.ts";
import { eraseKeys, readKeys, type StoredKeys, writeKeys } from "./keys.ts";
import { beforeAttempt, type Lock, lockKeys, openSecrets, waitOf } from "./lock.ts";
import { eraseOpfsBlobs } from "./opfs-blobs.ts";
import { portChannel } from "./port-channel.ts";
import { usePageConnections } from "./rtc-proxy.ts";
import { takeDatabase } from "./wasm-sql.ts";

/** The worker that is this browser's device: it owns the keys, the database and the connections. */
class DeviceWorker {
  #world: World | undefined;
  #running: RunningDevice | undefined;
  #keys: StoredKeys | undefined;
  #joining: AbortController | undefined;
  #unlocking = false;
  #stopIdle: (() => void) | undefined;
  /** Of the pages. */
  readonly #ports: Channel[] = [];

  async handle(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "start":
        if (message.rtc) usePageConnections(message.rtc);
        return this.#start();
      case "join":
        return this.#join(message.link, message.name);
      case "cancel-join":
        return this.#joining?.abort(new HomeportError("cancelled", "The linking was cancelled."));
      case "api":
        return this.#serve(message.port);
      case "upload":
        // Who is not waited for any more learns it from the call.
        return void this.#running?.bulk.visit(message.ticket, { brings: message.file });
      case "download":
        return this.#download(message.ticket, message.number);
      case "unlock":
        return this.#unlock(message.passphrase);
      case "lock":
        return this.#lock();
      case "set-lock":
        return this.#setLock(message);
      case "wipe":
        return this.#wipe();
    }
  }

  async #start(): Promise<void> {
    try {
      this.#world ??= await createWorld();
      const keys = await readKeys();
      if (!keys || keys.joining) say({ type: "state", state: { is: "none" } });
      else if (keys.lock && !this.#running) this.#sayLocked(keys.lock, false);
      else if (!this.#running) await this.#run(this.#world, keys);
    } catch (error) {
      say({ type: "state", state: { is: "failed", ...forPeople(error) } });
    }
  }

  async #run(world: World, keys: StoredKeys, passphrase?: Uint8Array): Promise<void> {
    const running = await runDevice(world, keys, await openSecrets(world.crypto, keys, passphrase));
    this.#running = running;
    this.#keys = keys;
    this.#watchIdle();
    const tell = () => void this.#standing(running);
    // After what told of it is through: it may be the end of this device.
    running.device.accountChanges.add(() => void setTimeout(tell));
    tell();
  }

  /** A7, A9: what the signed ops of the account say of this device. */
  async #standing(running: RunningDevice): Promise<void> {
    if (this.#running !== running || !this.#keys) return;
    const how = standingOf(running.device.account, running.device.self)?.state ?? "revoked";
    if (how === "admitted") return say({ type: "state", state: stateOf(running, this.#keys) });
    for (const port of this.#ports.splice(0)) port.close();
    if (how === "revoked") await this.#erase();
    say({ type: "state", state: { is: "shut-out", how } });
  }

  async #join(link: string, name: string): Promise<void> {
    if (!this.#world || this.#running || this.#joining) return;
    this.#joining = new AbortController();
    try {
      const onCode = (code: string) => say({ type: "code", code });
      const keys = await joinInBrowser(this.#world, { link, name, onCode, signal: this.#joining.signal });
      await this.#run(this.#world, keys);
    } catch (error) {
      say({ type: "join-failed", ...forPeople(error) });
    } finally {
      this.#joining = undefined;
    }
  }

  #serve(port: MessagePort): void {
    const running = this.#running;
    if (!running || standingOf(running.device.account, running.device.self)?.state !== "admitted") return port.postMessage("");
    const channel = portChannel(port);
    this.#ports.push(channel);
    channel.onClose(() => void this.#ports.splice(0, this.#ports.length, ...this.#ports.filter((other) => other !== channel)));
    serve(channel, running.handlers, { onMistake: report });
    return undefined;
  }

  #download(ticket: string, number: number): void {
    const failed = () => say({ type: "download-failed", number });
    const taken = this.#running?.bulk.visit(ticket, {
      takes: {
        progress: (bytes) => say({ type: "download", number, bytes }),
        done: (file) => say({ type: "downloaded", number, file }),
        failed,
      },
    });
    if (taken !== true) failed();
  }

  #sayLocked(lock: Lock, wrong: boolean): void {
    say({ type: "state", state: { is: "locked", wait: waitOf(lock, Date.now()), wrong } });
  }

  /** An attempt is counted before it is made. */
  async #unlock(passphrase: Uint8Array): Promise<void> {
    const keys = await readKeys();
    if (!this.#world || this.#running || this.#unlocking || !keys?.lock) return;
    if (waitOf(keys.lock, Date.now()) > 0) return this.#sayLocked(keys.lock, false);
    const tried = { ...keys, lock: beforeAttempt(keys.lock, Date.now()) };
    this.#unlocking = true;
    try {
      await writeKeys(tried);
      const open = { ...keys, lock: { ...keys.lock, failures: 0, notBefore: 0 } };
      await this.#run(this.#world, open, passphrase);
      await writeKeys(open);
    } catch (error) {
      if (error instanceof HomeportError && error.code === "wrong-passphrase") this.#sayLocked(tried.lock, true);
      else say({ type: "state", state: { is: "failed", ...forPeople(error) } });
    } finally {
      this.#unlocking = false;
      this.#world.crypto.wipe(passphrase);
    }
  }

  /** Nothing of the keys stays: the page ends this worker when it hears of it. */
  async #lock(): Promise<void> {
    const lock = this.#keys?.lock;
    if (!this.#running || !lock) return;
    for (const port of this.#ports.splice(0)) port.close();
    const running = this.#running;
    this.#running = undefined;
    await running.stop();
    this.#world?.database.release();
    this.#sayLocked(lock, false);
  }

  async #setLock({ current, next, minutes }: ToWorker & { type: "set-lock" }): Promise<void> {
    if (!this.#world || !this.#running || !this.#keys) return;
    const { crypto } = this.#world;
    try {
      const secrets = await openSecrets(crypto, this.#keys, current);
      this.#keys = await lockKeys(this.#world, this.#keys, secrets, next && { passphrase: next, minutes });
      for (const secret of [secrets.dataKey, secrets.transportSeed]) crypto.wipe(secret);
      await writeKeys(this.#keys);
      this.#watchIdle();
      say({ type: "lock-set", error: undefined });
      say({ type: "state", state: stateOf(this.#running, this.#keys) });
    } catch (error) {
      say({ type: "lock-set", error: forPeople(error) });
    } finally {
      for (const secret of [current, next]) if (secret) crypto.wipe(secret);
    }
  }

  #watchIdle(): void {
    this.#stopIdle?.();
    const minutes = this.#keys?.lock?.minutes ?? null;
    this.#stopIdle = minutes === null ? undefined : whenIdle(minutes, () => void this.#lock());
  }

  async #wipe(): Promise<void> {
    await this.#erase();
    say({ type: "wiped" });
  }

  async #erase(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
    await eraseKeys();
    await this.#world?.database.wipe();
    await eraseOpfsBlobs();
  }
}

async function createWorld(): Promise<World> {
  const [crypto, database] = await Promise.all([createSodiumCrypto(), takeDatabase()]);
  return { crypto, random: createRandom(), database, log: () => undefined, version: __VERSION__ };
}

function stateOf({ device }: RunningDevice, { name, lock }: StoredKeys): DeviceState {
  return {
    is: "ready",
    lock: lock && { minutes: lock.minutes },
    account: accountText(device.account.account),
    device: deviceText(device.self),
    name,
  };
}

function forPeople(error: unknown): { code: string; message: string } {
  if (error instanceof HomeportError) return { code: error.code, message: error.message };
  report(error);
  return { code: "internal", message: "Something went wrong in Homeport itself. Reload the page; what is stored is not lost." };
}

function report(error: unknown): void {
  // oxlint-disable-next-line no-console -- the only place where a browser shows what a developer has to know
  console.error(error);
}

function say(message: FromWorker): void {
  postMessage(message);
}

const worker = new DeviceWorker();
// One message after the other, but a linking that waits for a person must not hold up its own cancelling.
addEventListener("message", ({ data }: MessageEvent<ToWorker>) => void worker.handle(data));
