import type { Writer } from "../../sync/core.ts";
import type { Reconciled } from "../contract/index.ts";
import { type AcknowledgementDeps, acknowledge, type Handed } from "./acknowledgement.ts";
import type { AccountProcess } from "./account-process.ts";
import { convByRow } from "./conversation-table.ts";
import type { DurableWrites } from "./durable-writes.ts";
import { isDoubtful } from "./outbox-decisions.ts";
import { entriesIn, messageOf, partsOf } from "./outbox-table.ts";
import { commandOf } from "./send-command.ts";

const AT_ONCE = 50;
/** Older ones wait for the person alone. */
const MAX_ASKED = 1_000;

export interface ReconcilerDeps extends AcknowledgementDeps {
  process: Pick<AccountProcess, "reconcile">;
  writes: DurableWrites;
  failed: (what: string, error: unknown) => void;
}

/** Asks the network what became of what is in doubt. Where it cannot know, the doubt stays. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  async run(isOnline: () => boolean): Promise<void> {
    try {
      const doubtful = this.#doubtful();
      for (let at = 0; at < doubtful.length && isOnline(); at += AT_ONCE) await this.#ask(doubtful.slice(at, at + AT_ONCE));
    } catch (error) {
      this.#deps.failed("what is in doubt could not be asked for", error);
    }
  }

  async #ask(doubtful: readonly Handed[]): Promise<void> {
    const answers = await this.#deps.process.reconcile(doubtful.map(({ command }) => command));
    await this.#deps.writes.write((writer) => {
      for (const answer of answers) {
        const asked = doubtful.find(({ command }) => command.txn === answer.txn);
        if (asked) this.#answered(writer, asked, answer);
      }
    });
  }

  #answered(writer: Writer, asked: Handed, answer: Reconciled): void {
    const now = partsOf(writer, asked.entry)[asked.part];
    // O10: the person may have decided in the meantime.
    if (!now || !isDoubtful(now) || now.attempt !== asked.command.attempt) return;
    if (answer.found === "yes") acknowledge(this.#deps, writer, asked, answer);
    if (answer.found === "no") this.#deps.outbox.apply(writer, asked.entry, asked.part, { event: "unsent" });
  }

  #doubtful(): Handed[] {
    const { store, account } = this.#deps;
    const entries = entriesIn(store.core, account.record.row, "in-doubt").slice(-MAX_ASKED);
    return entries.flatMap((entry) => {
      const message = messageOf(store.core, entry);
      const conversation = message && convByRow(store.core, message.conversation);
      if (!message || !conversation) return [];
      return partsOf(store.core, entry).flatMap((part, index) => {
        const order = isDoubtful(part) ? commandOf(store.core, message, conversation, part, index) : undefined;
        return order && "command" in order ? [{ entry, part: index, command: order.command, conversation: conversation.row }] : [];
      });
    });
  }
}
