import type { SecurityLabel } from "../../security-labels/index.ts";
import { isLabel } from "../../security-labels/index.ts";
import { learned } from "./gate.ts";
import { Observable } from "./observable.ts";

const KEY = "homeport-known-labels";

type Labels = Readonly<Record<string, SecurityLabel>>;

/** What this browser showed last of each conversation, so that a worse connection is noticed also after a restart. */
export class KnownLabels {
  readonly all = new Observable<Labels>(read());

  /** The present label is on screen. */
  learn(conversation: string, now: SecurityLabel): void {
    const known = this.all.get()[conversation];
    const next = learned(known, now);
    if (next !== known) this.#write(conversation, next);
  }

  /** The person knows that it is worse now. */
  accept(conversation: string, now: SecurityLabel): void {
    this.#write(conversation, now);
  }

  #write(conversation: string, label: SecurityLabel): void {
    this.all.update((labels) => ({ ...labels, [conversation]: label }));
    localStorage.setItem(KEY, JSON.stringify(this.all.get()));
  }
}

function read(): Labels {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const entries = Object.entries(stored as object).filter((entry): entry is [string, SecurityLabel] => isLabel(entry[1]));
    return Object.fromEntries(entries);
  } catch {
    // Damaged: as on a new device, what is shown now is known from now on.
    return {};
  }
}
