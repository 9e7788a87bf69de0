import type { LinkFacts, SecurityFacts } from "../../../security-labels/index.ts";
import type { Batch } from "../../contract/index.ts";

/** Different connections that are remembered of one process. */
const MAX_LINKS = 32;
const NOTHING_MEASURED: LinkFacts = { kind: "none", verified: false, measuredBy: "host" };

/**
 * What the broker measured on the connections of one process. A plugin repeats these facts with each event; what it says
 * is replaced by what was measured, so that it cannot claim a better connection than it had.
 */
export class MeasuredLinks {
  /** Newest last. */
  readonly #links: LinkFacts[] = [];

  add(link: LinkFacts): void {
    const known = this.#links.findIndex((one) => sameLink(one, link));
    const [old] = known < 0 ? [] : this.#links.splice(known, 1);
    this.#links.push(old ?? link);
    if (this.#links.length > MAX_LINKS) this.#links.shift();
  }

  get newest(): LinkFacts | undefined {
    return this.#links.at(-1);
  }

  /** The facts of the connection that is meant, else of the worst there was. Only the login's mechanism is the plugin's to say. */
  correct(claimed: SecurityFacts): SecurityFacts {
    const found = this.#links.find((link) => sameLink(link, claimed.link));
    if (found !== undefined && claimed.link.mechanism !== undefined) found.mechanism = claimed.link.mechanism;
    return { ...claimed, link: { ...(found ?? this.#worst()) } };
  }

  correctBatch(batch: Batch): Batch {
    return { ...batch, events: batch.events.map((event) => ({ ...event, sec: this.correct(event.sec) })) };
  }

  #worst(): LinkFacts {
    return (
      this.#links.find((link) => link.kind !== "tls") ?? this.#links.find((link) => !link.verified) ?? this.#links[0] ?? NOTHING_MEASURED
    );
  }
}

function sameLink(a: LinkFacts, b: LinkFacts): boolean {
  return (
    a.kind === b.kind &&
    a.verified === b.verified &&
    a.version === b.version &&
    a.server === b.server &&
    a.via === b.via &&
    a.certificate?.sha256 === b.certificate?.sha256
  );
}
