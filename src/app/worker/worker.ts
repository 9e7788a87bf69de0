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
import { eraseKeys, readKeys, type StoredKeys } from "./keys.ts";
import { eraseOpfsBlobs } from "./opfs-blobs.ts";
import { portChannel } from "./port-channel.ts";
import { takeDatabase } from "./wasm-sql.ts";

/** The worker that is this browser's device: it owns the keys, the database and the connections. */
class DeviceWorker {
  #world: World | undefined;
  #running: RunningDevice | undefined;
  #joining: AbortController | undefined;
  /** Of the pages. */
  readonly #ports: Channel[] = [];

  async handle(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "start":
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
      case "wipe":
        return this.#wipe();
    }
  }

  async #start(): Promise<void> {
    try {
      this.#world ??= await createWorld();
      const keys = await readKeys();
      if (keys && !this.#running) await this.#run(this.#world, keys);
      else if (!keys) say({ type: "state", state: { is: "none" } });
    } catch (error) {
      say({ type: "state", state: { is: "failed", ...forPeople(error) } });
    }
  }

  async #run(world: World, keys: StoredKeys): Promise<void> {
    const running = await runDevice(world, keys);
    this.#running = running;
    const tell = () => void this.#standing(running, keys.name);
    // After what told of it is through: it may be the end of this device.
    running.device.accountChanges.add(() => void setTimeout(tell));
    tell();
  }

  /** A7, A9: what the signed ops of the account say of this device. */
  async #standing(running: RunningDevice, name: string): Promise<void> {
    if (this.#running !== running) return;
    const how = standingOf(running.device.account, running.device.self)?.state ?? "revoked";
    if (how === "admitted") return say({ type: "state", state: stateOf(running, name) });
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

function stateOf({ device }: RunningDevice, name: string): DeviceState {
  return { is: "ready", account: accountText(device.account.account), device: deviceText(device.self), name };
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
