import type { Bridged } from "../../sync/content/bridged.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { MAX_TEXT } from "../../sync/content/text.ts";
import type { StoredEntry, Writer } from "../../sync/core.ts";
import { deleteEntries } from "../../sync/deletion/delete.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import type { SecurityFacts, SecurityLabel } from "../../security-labels/index.ts";
import type { Inbound, MsgRef } from "../contract/index.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { fitReactions, mayChange, mayDelete } from "./heard.ts";
import { refOf } from "./outbox.ts";
import { partsOf } from "./outbox-table.ts";
import { clip } from "./plain.ts";

export type Change = Extract<Inbound, { kind: "edit" | "delete" | "reactions" }>;
type Open = ConvRecord & { conversation: number };

export interface ChangesContext {
  writer: Writer;
  entryOf: (ref: MsgRef) => StoredEntry | undefined;
  person: (user: string) => Bridged["from"];
  travelled: (sec: SecurityFacts) => { label: SecurityLabel; facts: Cbor };
  /** As a line of its own; returns its row. */
  line: (conversation: Open, event: Change) => number;
}

/** What a network says about a message that is there, in the form that edits, deletions and reactions have on all devices. */
export class Changes {
  readonly #context: ChangesContext;

  constructor(context: ChangesContext) {
    this.#context = context;
  }

  /** Returns the row of what was written; null where there was nothing to say. */
  take(conversation: Open, event: Change): number | null {
    const target = this.#context.entryOf(event.target);
    switch (event.kind) {
      case "edit":
        return this.#edit(conversation, event, target);
      case "delete":
        return this.#delete(conversation, event, target);
      case "reactions":
        return this.#react(conversation, event, target);
    }
  }

  /** Where the message is not here, or not that person's, the new text is a line: it was said. */
  #edit(conversation: Open, event: Extract<Change, { kind: "edit" }>, target: StoredEntry | undefined): number {
    const { writer, person, line } = this.#context;
    const from = person(event.from ?? "");
    if (!target || !mayChange(writer, target, from) || this.#isDivided(target)) return line(conversation, event);
    return this.#append(conversation, KIND.heardEdit, event, target, from, { text: clip(event.body.text, MAX_TEXT) });
  }

  /** The text goes from all devices; that somebody took it back stays as a line. */
  #delete(conversation: Open, event: Extract<Change, { kind: "delete" }>, target: StoredEntry | undefined): number | null {
    const { writer, person, line } = this.#context;
    const byModerator = event.by !== undefined && event.by !== event.from;
    const from = person(event.from ?? event.by ?? "");
    if (!target || !mayDelete(writer, target, from, conversation, byModerator)) return null;
    const row = line(conversation, event);
    if (!this.#isDivided(target)) deleteEntries(writer, [target]);
    return row;
  }

  #react(conversation: Open, event: Extract<Change, { kind: "reactions" }>, target: StoredEntry | undefined): number | null {
    if (!target) return null;
    const from = this.#context.person(event.user);
    return this.#append(conversation, KIND.heardReactions, event, target, from, { set: fitReactions(event.set) });
  }

  /** The network knows only a part of it. */
  #isDivided(target: StoredEntry): boolean {
    return target.kind === KIND.text && partsOf(this.#context.writer, target.row).length > 1;
  }

  #append(
    conversation: Open,
    kind: number,
    event: Change,
    target: StoredEntry,
    from: Bridged["from"],
    what: { [key: string]: Cbor },
  ): number {
    const { writer, travelled } = this.#context;
    const body = { target: { ...refOf(target) }, from: { ...from }, ts: event.ts, ...what, ...travelled(event.sec) };
    return writer.append(conversation.conversation, kind, body).row;
  }
}
