import { KIND } from "../../sync/content/kinds.ts";
import type { Bridged } from "../../sync/content/bridged.ts";
import type { StoredEntry, Writer } from "../../sync/core.ts";
import { type EntryRef, MAX_TEXT } from "../../sync/content/text.ts";
import type { Cbor } from "../../sync/encoding/cbor.ts";
import { HomeportError } from "../../sync/errors.ts";
import { deriveLabel, type PluginOrigin, type SecurityFacts, type SecurityLabel } from "../../security-labels/index.ts";
import type { Batch, Inbound, MsgRef, UserInfo } from "../contract/index.ts";
import type { AccountRecord } from "./account-table.ts";
import { admit } from "./admission.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { ConvRecord } from "./conversation-table.ts";
import { type Change, Changes } from "./changes.ts";
import { EchoMatcher } from "./echoes.ts";
import { type Happening, type HostLine, lineOf } from "./lines.ts";
import type { Openings } from "./openings.ts";
import { type Outbox, refOf } from "./outbox.ts";
import { clip, MAX_SHORT, toCbor } from "./plain.ts";
import type { SeenKind } from "./refs.ts";
import { factsOfEvent } from "./travel-facts.ts";
import type { IngestResult } from "./process/types.ts";

/** Keys of a plugin's own state. */
const MAX_KV_KEYS = 20_000;
const MAX_CURSORS = 10_000;

/** Whose events these are. */
export interface InboxAccount {
  record: AccountRecord;
  ceiling: SecurityLabel;
  origin: PluginOrigin;
  /** Who the account is on the network, where the plugin has said so. */
  self: UserInfo | undefined;
  /** Takes the account's secrets out of the plugin's own words. */
  redact: (text: string) => string;
}

/** What is shown to whoever is connected and stored nowhere. */
export type Ephemeral = Extract<Inbound, { kind: "typing" | "presence" }>;

export interface Ingested extends IngestResult {
  /** Of conversations that nobody asked for, or of a kind that has no place yet. */
  ignored: number;
  ephemeral: { conversation: number; event: Ephemeral }[];
}

interface Line extends HostLine {
  event: Inbound;
  remote?: string;
  mentionsMe?: boolean | undefined;
}
type Open = ConvRecord & { conversation: number };

/** Takes what networks bring: each batch is one transaction of entries, cursor and the plugin's state, or nothing. */
export class Inbox {
  readonly #store: BridgeStore;
  readonly #openings: Openings;
  readonly #echoes: EchoMatcher;

  constructor(store: BridgeStore, outbox: Outbox, openings: Openings) {
    this.#store = store;
    this.#openings = openings;
    this.#echoes = new EchoMatcher(outbox);
  }

  /** Returns after the commit has reached the disk. */
  ingest(account: InboxAccount, batch: Batch): Ingested {
    return this.#store.transact((writer) => {
      const intake = new Intake(writer, this.#store, this.#echoes, this.#openings, account, batch.source);
      for (const event of batch.events) intake.take(event);
      this.#keepState(writer, account.record.row, batch);
      return intake.result;
    });
  }

  #keepState(writer: Writer, account: number, { cursor, kv }: Batch): void {
    const { cursors, kv: values } = this.#store;
    if (cursor) {
      cursors.set(writer, account, cursor.scope, cursor.value);
      if (cursors.size(writer, account) > MAX_CURSORS) throw tooMuch("cursors");
    }
    for (const [key, value] of Object.entries(kv ?? {})) {
      if (value === null) values.delete(writer, account, key);
      else values.set(writer, account, key, value);
    }
    if (kv && values.size(writer, account) > MAX_KV_KEYS) throw tooMuch("values");
  }
}

/** One batch on its way in. */
class Intake {
  readonly result: Ingested = { inserted: 0, duplicates: 0, ignored: 0, ephemeral: [] };
  readonly #writer: Writer;
  readonly #store: BridgeStore;
  readonly #echoes: EchoMatcher;
  readonly #openings: Openings;
  readonly #account: InboxAccount;
  readonly #source: Batch["source"];
  readonly #changes: Changes;
  #way: { key: string; told: { label: SecurityLabel; facts: Cbor } } | undefined;

  constructor(writer: Writer, store: BridgeStore, echoes: EchoMatcher, openings: Openings, account: InboxAccount, source: Batch["source"]) {
    this.#writer = writer;
    this.#store = store;
    this.#echoes = echoes;
    this.#openings = openings;
    this.#account = account;
    this.#source = source;
    this.#changes = new Changes({
      writer,
      entryOf: (ref) => this.#storedEntry(ref),
      person: (user) => this.#person(user),
      travelled: (sec) => this.#travelled(sec),
      line: (conversation, event) => this.#happen(conversation, event),
    });
  }

  take(event: Inbound): void {
    if (event.kind === "user") return this.#learnUser(event.user, event.patch.name);
    if (event.kind === "conv") return this.#learnConversation(event);
    if (event.kind === "sendError") return this.#sendError(event);
    const conversation = this.#admit(event);
    if (!conversation) this.result.ignored += 1;
    else this.#into(conversation, event);
  }

  #into(conversation: Open, event: Exclude<Inbound, { kind: "user" | "conv" | "sendError" }>): void {
    switch (event.kind) {
      case "typing":
      case "presence":
        this.result.ephemeral.push({ conversation: conversation.conversation, event });
        return;
      case "members":
        this.#store.members.apply(this.#writer, conversation.row, event);
        return;
      case "receipt":
        this.result.ignored += 1;
        return;
      case "message":
        return this.#message(conversation, event);
      case "edit":
      case "delete":
      case "reactions":
        return this.#change(conversation, event);
      default:
        return this.#once(conversation, event.kind, event.key, () => this.#happen(conversation, event));
    }
  }

  #message(conversation: Open, event: Extract<Inbound, { kind: "message" }>): void {
    const { known, keep } = this.#store.refs.message(this.#writer, conversation.row, event);
    const own = this.#echoes.match(this.#writer, this.#account, conversation, event, known);
    if (known) this.result.duplicates += 1;
    else this.result.inserted += 1;
    if (own || !known) keep(own ?? this.#say(conversation, event));
  }

  #change(conversation: Open, event: Change): void {
    // What we said ourselves, through this bridge, stands in the log already.
    if (this.#echoes.isOwn(this.#writer, this.#account, event)) this.result.duplicates += 1;
    else this.#once(conversation, event.kind, event.key, () => this.#changes.take(conversation, event));
  }

  #say(conversation: Open, event: Extract<Inbound, { kind: "message" }>): { entry: number; part: null } {
    const { style: shape, from, id: remote, replyTo, mentionsMe } = event;
    const entry = this.#append(conversation, { shape, text: event.body.text, from, event, remote, replyTo, mentionsMe });
    return { entry: entry.row, part: null };
  }

  #once(conversation: ConvRecord, kind: SeenKind, key: string, run: () => number | null): void {
    if (this.#store.refs.hasSeen(this.#writer, conversation.row, kind, key)) {
      this.result.duplicates += 1;
      return;
    }
    this.#store.refs.markSeen(this.#writer, conversation.row, kind, key, run());
    this.result.inserted += 1;
  }

  #happen(conversation: Open, event: Happening): number {
    if (event.kind === "membership") this.#store.members.applyLine(this.#writer, conversation.row, event);
    if (event.kind === "topic") this.#store.conversations.learn(this.#writer, this.#account.record, event.conv, { topic: event.topic });
    const line = lineOf(event, (user) => this.#name(user));
    const text = event.kind === "gap" ? this.#account.redact(line.text) : line.text;
    return this.#append(conversation, { ...line, text, event }).row;
  }

  #append(conversation: Open, line: Line): StoredEntry {
    const body = {
      shape: line.shape,
      from: line.from === undefined ? { id: "", name: conversation.name, self: false } : this.#person(line.from),
      ts: line.event.ts,
      ...(this.#source === "live" || line.event.ts === 0 ? {} : { placed: true }),
      text: clip(line.text, MAX_TEXT),
      ...(line.remote === undefined ? {} : { remote: clip(line.remote, MAX_SHORT) }),
      ...this.#replyTo(line.replyTo),
      ...(line.mentionsMe === undefined ? {} : { mentionsMe: line.mentionsMe }),
      ...this.#travelled(line.event.sec),
    };
    return this.#writer.append(conversation.conversation, KIND.bridged, body);
  }

  /** The lines of one batch mostly came the same way. */
  #travelled(sec: SecurityFacts): { label: SecurityLabel; facts: Cbor } {
    const key = JSON.stringify(sec);
    if (this.#way?.key === key) return this.#way.told;
    const facts = factsOfEvent(sec, this.#source === "live");
    const label = deriveLabel(facts, this.#account.ceiling, this.#account.origin);
    this.#way = { key, told: { label, facts: toCbor(facts) } };
    return this.#way.told;
  }

  #replyTo(ref: MsgRef | undefined): { replyTo?: EntryRef } {
    const replyTo = ref && this.#entryRef(ref);
    return replyTo ? { replyTo } : {};
  }

  #entryRef(ref: MsgRef): EntryRef | undefined {
    const entry = this.#storedEntry(ref);
    return entry && refOf(entry);
  }

  #storedEntry({ conv, id }: MsgRef): StoredEntry | undefined {
    const conversation = this.#store.conversations.find(this.#writer, this.#account.record, conv);
    const found = conversation && this.#store.refs.entryOf(this.#writer, conversation.row, id);
    return found && this.#writer.entry(found.entry);
  }

  #person(user: string): Bridged["from"] {
    const { self } = this.#account;
    const isSelf = user === "self" || (self !== undefined && user === self.id);
    if (isSelf) return { id: clip(self?.id ?? "self", MAX_SHORT), name: this.#name("self"), self: true };
    return { id: clip(user, MAX_SHORT), name: this.#name(user), self: false };
  }

  #name(user: string): string {
    const { self, record } = this.#account;
    if (user === "self" || (self !== undefined && user === self.id)) return clip(self?.name || self?.id || record.name, MAX_SHORT);
    return this.#store.users.nameOf(this.#writer, record.row, user);
  }

  #admit(event: Inbound): Open | undefined {
    const { record: account } = this.#account;
    const known = this.#store.conversations.find(this.#writer, account, event.conv);
    // E3: its cursor goes on, so that none of it comes once the person lets the conversation in again.
    if (known?.conversation !== undefined && this.#writer.isBlocked(known.conversation)) return undefined;
    const opening = this.#openings.of(account.row, event.conv, known);
    const facts = {
      standing: known?.standing,
      kind: known?.caps?.kind,
      isMessage: event.kind === "message",
      source: this.#source,
      opening,
    };
    const admission = admit(facts);
    if (admission === "ignored") return undefined;
    if (admission === "in") return known as Open;
    const record = known ?? this.#store.conversations.learn(this.#writer, account, event.conv, {});
    return record && this.#store.conversations.enter(this.#writer, account, record, admission === "opens" ? "open" : "provisional");
  }

  #learnConversation(event: Extract<Inbound, { kind: "conv" }>): void {
    const { record: account } = this.#account;
    const isNew = this.#store.conversations.find(this.#writer, account, event.conv) === undefined;
    if (isNew) this.#openings.introduced(account.row, event.conv);
    this.#store.conversations.learn(this.#writer, account, event.conv, event.patch);
  }

  #learnUser(user: string, name: string | undefined): void {
    if (name !== undefined) this.#store.users.learn(this.#writer, this.#account.record.row, user, name);
  }

  #sendError(event: Extract<Inbound, { kind: "sendError" }>): void {
    const conversation = this.#store.conversations.find(this.#writer, this.#account.record, event.conv);
    if (!conversation) {
      this.result.ignored += 1;
      return;
    }
    this.#once(conversation, "sendError", event.key, () => this.#echoes.refused(this.#writer, this.#account, event));
  }
}

function tooMuch(what: string): HomeportError {
  return new HomeportError("too-large", `The plugin keeps too many ${what}.`);
}
