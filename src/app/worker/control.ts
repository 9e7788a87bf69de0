/** What a page and the worker that holds this browser's device say to each other before there is a device API. */
export type DeviceState =
  /** This browser is no device yet. */
  | { is: "none" }
  | { is: "ready"; account: string; device: string; name: string; lock: LockChoice | undefined }
  | { is: "failed"; code: string; message: string }
  /** There is a passphrase. `wait`: milliseconds until it can be tried again; `wrong`: the last one was. */
  | { is: "locked"; wait: number; wrong: boolean }
  /** A7, A9: other devices of the account shut this one out. `revoked`: everything was erased. */
  | { is: "shut-out"; how: "frozen" | "revoked" };

export interface LockChoice {
  /** Of idleness; null: only at closing. */
  minutes: number | null;
}

export type ToWorker =
  /** `rtc`: where the page makes WebRTC connections for the worker, if it can. */
  | { type: "start"; rtc?: MessagePort | undefined }
  /** Becomes a device by the link of another one (K5). */
  | { type: "join"; link: string; name: string }
  | { type: "cancel-join" }
  /** Bytes of files, by the ticket of a call; `download` is answered under its number. */
  | { type: "upload"; ticket: string; file: Blob }
  | { type: "download"; ticket: string; number: number }
  /** The device API over the port that comes with it. */
  | { type: "api"; port: MessagePort }
  /** Both are wiped by the worker. */
  | { type: "unlock"; passphrase: Uint8Array }
  | { type: "lock" }
  /** `next`: undefined for no passphrase any more. Answered by `lock-set`. */
  | { type: "set-lock"; current: Uint8Array | undefined; next: Uint8Array | undefined; minutes: number | null }
  /** Erases keys and database. */
  | { type: "wipe" };

export type FromWorker =
  | { type: "state"; state: DeviceState }
  | { type: "code"; code: string }
  | { type: "join-failed"; code: string; message: string }
  | { type: "wiped" }
  | { type: "lock-set"; error: { code: string; message: string } | undefined }
  | Downloaded;

export type Downloaded =
  | { type: "download"; number: number; bytes: number }
  | { type: "downloaded"; number: number; file: Blob }
  | { type: "download-failed"; number: number };
