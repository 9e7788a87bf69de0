import type { HomeportError } from "../errors.ts";
import type { Bitmap } from "./bitmap.ts";
import { Plan } from "./plan.ts";
import { blobName, type FileRow } from "./table.ts";

/** One file that is being fetched: what is known of it now. The disk knows what was saved last. */
export class Fetch {
  readonly row: number;
  readonly root: Uint8Array;
  readonly size: number;
  readonly blob: string;
  readonly plan: Plan;
  /** Bytes of the file that are here, saved or not. */
  bytes: number;
  /** Sealed bytes that were written since the last save. */
  unsaved = 0;
  savedAt: number;
  saving = false;
  /** The blob has to be opened and room to be made before anything is asked. */
  ready = false;
  /** The blob stays open until this has ended. */
  held = false;
  ended = false;
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
  readonly #finish: () => void;
  /** Why nothing is asked at the moment. */
  trouble: HomeportError | undefined;
  /** When progress was last told. */
  toldAt = Number.NEGATIVE_INFINITY;
  /** Sources that were asked what they hold, and when. */
  readonly asked = new Map<string, number>();

  constructor(file: FileRow, have: Bitmap, now: number) {
    this.row = file.row;
    this.root = file.root;
    this.size = file.size;
    this.bytes = file.bytes;
    this.blob = blobName(file);
    this.plan = new Plan(have);
    this.savedAt = now;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  end(): void {
    this.ended = true;
    this.#finish();
  }
}
