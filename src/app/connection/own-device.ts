import { HomeportError } from "../../api/errors.ts";
import type { DeviceState, Downloaded, FromWorker, ToWorker } from "../worker/control.ts";
import { portChannel } from "../worker/port-channel.ts";
import type { Bulk, Connection } from "./bulk.ts";
import workerUrl from "../worker/worker.ts?worker&url";
import { hostPeerConnections } from "./rtc-host.ts";
import { scriptUrl } from "./trusted-urls.ts";

const SETTLE_MS = 500;

export interface JoinEvents {
  onCode(code: string): void;
  onFailed(error: { code: string; message: string }): void;
}

/** This browser's device, in its worker; one page of the origin holds it at a time. */
export class OwnDevice {
  readonly #worker: Worker;
  readonly #listeners = new Set<(state: DeviceState) => void>();
  #state: DeviceState | undefined;
  #join: JoinEvents | undefined;
  #wiped: (() => void) | undefined;
  #lockSet: ((error: { code: string; message: string } | undefined) => void) | undefined;
  readonly #downloads = new Map<number, (said: Downloaded) => void>();
  #lastDownload = 0;

  constructor() {
    this.#worker = new Worker(scriptUrl(workerUrl), { type: "module", name: "homeport-device" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = () =>
      this.#receive({
        type: "state",
        state: { is: "failed", code: "internal", message: "The device could not be started in this browser." },
      });
    const rtc = rtcPort();
    this.#say({ type: "start", rtc }, rtc ? [rtc] : []);
  }

  /** Called at once where the state is known already, and whenever it changes. */
  onState(listener: (state: DeviceState) => void): () => void {
    this.#listeners.add(listener);
    if (this.#state) listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  /** The device API; only while the state is `ready`. */
  connect(): Connection {
    const { port1, port2 } = new MessageChannel();
    this.#say({ type: "api", port: port2 }, [port2]);
    return { channel: portChannel(port1), bulk: this.bulk };
  }

  /** Blobs are handed over as they are; the worker reads and makes them. */
  readonly bulk: Bulk = {
    upload: async (ticket, file) => this.#say({ type: "upload", ticket, file }),
    download: (ticket, onProgress) =>
      new Promise((resolve, reject) => {
        const number = ++this.#lastDownload;
        this.#downloads.set(number, (said) => {
          if (said.type === "download") return onProgress(said.bytes);
          this.#downloads.delete(number);
          if (said.type === "downloaded") resolve(said.file);
          else reject(new HomeportError("broken-off", "The file broke off; get it again."));
        });
        this.#say({ type: "download", ticket, number });
      }),
  };

  /** After a connection broke: where the device itself is at its end, its state says so within a moment. */
  reloadIfReady(): void {
    setTimeout(() => {
      if (this.#state?.is === "ready") location.reload();
    }, SETTLE_MS);
  }

  join(link: string, name: string, events: JoinEvents): void {
    this.#join = events;
    this.#say({ type: "join", link, name });
  }

  unlock(passphrase: string): void {
    const bytes = new TextEncoder().encode(passphrase);
    this.#say({ type: "unlock", passphrase: bytes }, [bytes.buffer]);
  }

  lock(): void {
    this.#say({ type: "lock" });
  }

  /** `next` empty: no passphrase any more. Rejects with `HomeportError` `wrong-passphrase` for the current one. */
  setLock(current: string, next: string, minutes: number | null): Promise<void> {
    const bytes = (text: string) => (text === "" ? undefined : new TextEncoder().encode(text));
    return new Promise((resolve, reject) => {
      this.#lockSet = (error) => (error ? reject(new HomeportError(error.code, error.message)) : resolve());
      this.#say({ type: "set-lock", current: bytes(current), next: bytes(next), minutes });
    });
  }

  cancelJoin(): void {
    this.#say({ type: "cancel-join" });
  }

  /** Erases this device from the browser. */
  wipe(): Promise<void> {
    return new Promise((resolve) => {
      this.#wiped = resolve;
      this.#say({ type: "wipe" });
    });
  }

  #say(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #restart(): void {
    this.#worker.terminate();
    location.reload();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "state":
        // Locked while it was open: with the worker goes every copy of a key that it may have made.
        if (message.state.is === "locked" && this.#state?.is === "ready") return this.#restart();
        this.#state = message.state;
        for (const listener of this.#listeners) listener(message.state);
        return;
      case "code":
        this.#join?.onCode(message.code);
        return;
      case "join-failed":
        this.#join?.onFailed(message);
        return;
      case "download":
      case "downloaded":
      case "download-failed":
        this.#downloads.get(message.number)?.(message);
        return;
      case "lock-set":
        this.#lockSet?.(message.error);
        return;
      case "wiped":
        this.#wiped?.();
    }
  }
}

/** Workers have no WebRTC of their own. */
function rtcPort(): MessagePort | undefined {
  if (typeof RTCPeerConnection === "undefined") return undefined;
  const { port1, port2 } = new MessageChannel();
  hostPeerConnections(port1);
  return port2;
}
