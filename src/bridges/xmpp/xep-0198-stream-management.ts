import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";
import type { XmlStream } from "./xml-stream.ts";

/** Counters wrap at 2^32 (XEP-0198, section 4). */
const WRAP = 2 ** 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A session that may be taken up again: kept at the host with each batch, so that it says how much of it was stored. */
export interface Resumable {
  id: string;
  full: string;
  /** Stanzas of the server that were stored. */
  handled: number;
}

export interface Resumed {
  /** Stanzas of ours that the server has. */
  acknowledged: number;
}

/** Undefined where the server has forgotten the session. */
export async function resume(stream: XmlStream, { id, handled }: Resumable): Promise<Resumed | undefined> {
  stream.send(el("resume", { xmlns: NS.sm, previd: id, h: String(handled % WRAP) }));
  const answer = await stream.next();
  return answer.is("resumed", NS.sm) ? { acknowledged: counter(answer.attrs["h"]) ?? 0 } : undefined;
}

interface Unacknowledged {
  number: number;
  acknowledged: () => void;
}

/** Counts the stanzas of one session, over several connections. */
export class StreamManagement {
  readonly #write: (element: Element) => boolean;
  readonly #full: string;
  #id: string | undefined;
  #isOn = false;
  #sent = 0;
  #acknowledged = 0;
  #received = 0;
  #stored = 0;
  #asked = false;
  #unacknowledged: Unacknowledged[] = [];

  constructor(write: (element: Element) => boolean, full: string) {
    this.#write = write;
    this.#full = full;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** After binding. What is sent from here on counts. */
  enable(): void {
    this.#write(el("enable", { xmlns: NS.sm, resume: "true" }));
    this.#isOn = true;
  }

  /** The session of before goes on, with what had been stored of it. */
  resumed({ id, handled }: Resumable, { acknowledged }: Resumed): void {
    this.#isOn = true;
    this.#id = id;
    this.#sent = acknowledged;
    this.#acknowledged = acknowledged;
    this.#received = handled;
    this.#stored = handled;
  }

  /** Whether the element was about this. Stanzas themselves are counted by `received`. */
  take(element: Element): boolean {
    if (element.getNS() !== NS.sm) return false;
    if (element.getName() === "enabled") this.#enabled(element);
    if (element.getName() === "failed") this.#isOn = false;
    if (element.getName() === "r") this.answer();
    if (element.getName() === "a") this.#acknowledge(counter(element.attrs["h"]));
    return true;
  }

  received(): void {
    this.#received += 1;
  }

  /** How much there is when everything until now is stored. */
  get mark(): number {
    return this.#received;
  }

  get storedMark(): number {
    return this.#stored;
  }

  stored(mark: number): void {
    this.#stored = Math.max(this.#stored, mark);
  }

  /** Says how much is stored: the server may then forget it. */
  answer(): void {
    if (this.#isOn) this.#write(el("a", { xmlns: NS.sm, h: String(this.#stored % WRAP) }));
  }

  /** One more stanza of ours is on its way. */
  sent(acknowledged?: () => void): void {
    if (!this.#isOn) return;
    this.#sent += 1;
    if (!acknowledged) return;
    this.#unacknowledged.push({ number: this.#sent, acknowledged });
    this.ask();
  }

  /** Asks how much the server has. One question at a time: its answer covers all. */
  ask(again = false): void {
    if ((this.#asked && !again) || !this.#isOn) return;
    this.#asked = true;
    this.#write(el("r", { xmlns: NS.sm }));
  }

  /** What to keep at the host once everything until `mark` is stored there; undefined while there is nothing to resume. */
  state(mark: number): Resumable | undefined {
    return this.#id === undefined ? undefined : { id: this.#id, full: this.#full, handled: mark };
  }

  #enabled({ attrs }: Element): void {
    // The server counts from here on.
    [this.#received, this.#stored] = [0, 0];
    const canResume = attrs["resume"] === "true" || attrs["resume"] === "1";
    this.#id = canResume && (attrs["id"]?.length ?? 0) <= 1_000 ? attrs["id"] : undefined;
  }

  #acknowledge(h: number | undefined): void {
    this.#asked = false;
    if (h === undefined) return;
    const count = (h - (this.#acknowledged % WRAP) + WRAP) % WRAP;
    // More than there is: the server counts wrongly, and nothing follows from it.
    if (count > this.#sent - this.#acknowledged) return;
    this.#acknowledged += count;
    const done = this.#unacknowledged.filter(({ number }) => number <= this.#acknowledged);
    this.#unacknowledged = this.#unacknowledged.filter(({ number }) => number > this.#acknowledged);
    for (const { acknowledged } of done) acknowledged();
    if (this.#unacknowledged.length > 0) this.ask();
  }
}

function counter(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) % WRAP : undefined;
}

export function encodeResumable(state: Resumable): Uint8Array {
  return encoder.encode(JSON.stringify(state));
}

export function decodeResumable(bytes: Uint8Array | undefined): Resumable | undefined {
  if (!bytes) return undefined;
  const value = JSON.parse(decoder.decode(bytes)) as Partial<Resumable>;
  return typeof value.id === "string" && typeof value.full === "string" && Number.isSafeInteger(value.handled)
    ? { id: value.id, full: value.full, handled: value.handled as number }
    : undefined;
}
