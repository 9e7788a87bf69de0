import { decodeOp } from "./account/op.ts";
import { OpSet } from "./account/op-set.ts";
import { type AccountState, standingOf } from "./account/resolve.ts";
import { KIND } from "./content/kinds.ts";
import type { Conversation, Core, EntryAddress, Founding, Projection, StoredEntry, Writer } from "./core.ts";
import { DOMAIN } from "./domains.ts";
import { sameBytes } from "./encoding/bytes.ts";
import type { Cbor } from "./encoding/cbor.ts";
import { HomeportError } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { MessageId } from "./log/public-id.ts";
import type { Run } from "./log/run.ts";
import type { Position } from "./log/vector.ts";
import type { Log } from "./log-port.ts";
import type { Clock, Crypto, Random, Signer, Sql } from "./ports.ts";
import { DeviceRecords } from "./store/devices.ts";
import { type Incoming, Integrator } from "./store/integrate.ts";
import { type FeedState, LogStore, type WireEntry } from "./store/log-store.ts";
import { migrate } from "./store/migrate.ts";
import { CoreReader } from "./store/reader.ts";
import { judge } from "./store/receive.ts";
import { Sealing } from "./store/sealing.ts";
import { Segments } from "./store/segments.ts";
import { coreProjection, learnCut } from "./store/system-kinds.ts";
import { Transaction, type WriterContext } from "./store/writer.ts";
import { CORE_MIGRATIONS } from "./store/schema.ts";

export interface DeviceOptions {
  sql: Sql;
  crypto: Crypto;
  random: Random;
  clock: Clock;
  signer: Signer;
  /** 32 bytes; seals what is at rest (R1). The device owns it from here on. */
  dataKey: Uint8Array;
  /** Where the database holds no account yet: the ops that make this device a member of one, parents first. */
  ops?: readonly Uint8Array[];
  projections: readonly Projection[];
  log: Log;
}

/** What became of the runs of one frame. */
export interface Received {
  /** What is stored and committed now, by conversation row. */
  stored: Map<number, Position[]>;
  /** Conversations of which something was not taken and is to be asked for again. */
  wanting: Map<number, "account" | "gap" | "room">;
}

/** What needs no commit of its own is written with the next transaction, or after this time. */
const FLUSH_DELAY_MS = 250;

const HELD_CHECK_MS = 60_000;

/**
 * One device's copy of account and log: the only owner of the database. Everything that changes it comes through
 * `transact`, `receive` or `addOps`; each is one commit, and nothing is said to anyone before the commit.
 */
export class Device implements Core {
  /** Entries or views changed; the argument is the newest number of the change table. */
  readonly changes = new Listeners<[]>();
  /** Entries are signed and may travel. */
  readonly outgoing = new Listeners<[]>();
  readonly accountChanges = new Listeners<[state: AccountState, ops: readonly Uint8Array[]]>();
  readonly learned = new Listeners<[Conversation]>();
  /** More of a revoked device's entries may be taken than before (C1). */
  readonly cutsGrown = new Listeners<[]>();
  /** A feed of someone's was found to fork (B5) or to break a rule. */
  readonly forks = new Listeners<[device: Uint8Array]>();

  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly store: LogStore;
  readonly records: DeviceRecords;
  readonly log: Log;
  readonly #sql: Sql;
  readonly #reader: CoreReader;
  readonly #projections: readonly Projection[];
  readonly #integrator: Integrator;
  readonly #writerContext: WriterContext;
  #ops: OpSet;
  #incarnation: Uint8Array;
  #changed = false;
  #closed = false;
  #inTransaction = false;
  /** By entry row: made, and not stored yet. */
  readonly #signatures = new Map<number, Uint8Array>();
  #cancelFlush: (() => void) | undefined;
  /** Written with the next transaction, or soon; by key, so that the newest replaces what it makes old. */
  readonly #postponed = new Map<string, { write: (sql: Sql) => void; done: () => void }>();
  /** By conversation row: when something held becomes due (B3). */
  readonly #due = new Map<number, () => void>();

  /** Throws `HomeportError`: `newer-schema`, `corrupt`, `no-account`. */
  static open(options: DeviceOptions): Device {
    migrate(options.sql, [{ name: "core", migrations: CORE_MIGRATIONS }, ...options.projections]);
    return new Device(options);
  }

  private constructor(options: DeviceOptions) {
    const { sql, crypto, random, clock, signer, log } = options;
    this.#sql = sql;
    this.crypto = crypto;
    this.random = random;
    this.clock = clock;
    this.signer = signer;
    this.log = log;
    const dataKey = new Sealing(crypto, random, options.dataKey);
    this.store = new LogStore(sql, crypto, dataKey, new Segments(sql, crypto, random, dataKey), signer.publicKey);
    this.records = new DeviceRecords(sql, crypto);
    this.#ops = loadOps(sql, crypto, options.ops);
    this.#reader = new CoreReader({ sql, store: this.store, dataKey, clock, self: signer.publicKey, account: () => this.#ops.state });
    this.#projections = [
      coreProjection(this.store, this.records, (conversation) => this.learned.tell(conversation)),
      ...options.projections,
    ];
    // B5: a database that was rolled back cannot know it. An incarnation of its own for each start makes that harmless.
    this.#incarnation = random.bytes(8);
    this.#integrator = new Integrator({
      store: this.store,
      now: () => clock.now(),
      integrated: (writer, entry, body) => this.#hand(writer, entry, body),
      changed: (conversation, entry, what) => this.#record(conversation, entry, what),
      setShown: (row) => sql.run("update entry set shown = 1 where row = ?", row),
      stored: (writer, feed, kind, body) => {
        if (kind === KIND.cut && learnCut(writer, feed.conversation, body)) writer.afterCommit(() => this.cutsGrown.tell());
      },
    });
    this.#writerContext = {
      ...{ crypto, random, store: this.store, reader: this.#reader },
      integrated: (writer, entry, body) => this.#hand(writer, entry, body),
      erased: (writer, entry) => this.#tellErased(writer, entry),
      incarnation: (fresh) => (fresh ? this.#renewIncarnation() : this.#incarnation),
      changed: (conversation, entry, what) => this.#record(conversation, entry, what),
      learned: (conversation) => this.learned.tell(conversation),
    };
    this.#prepare(options.ops);
  }

  get sql(): Sql {
    return this.#sql;
  }
  get account(): AccountState {
    return this.#ops.state;
  }
  get ops(): OpSet {
    return this.#ops;
  }
  get self(): Uint8Array {
    return this.signer.publicKey;
  }
  /** The own-devices log. */
  get ownLog(): Conversation {
    return this.store.conversationByFounding(this.#ownFounding()) as Conversation;
  }
  now(): number {
    return this.clock.now();
  }
  conversation(row: number): Conversation | undefined {
    return this.#reader.conversation(row);
  }
  conversationById(id: Uint8Array): Conversation | undefined {
    return this.#reader.conversationById(id);
  }
  conversationByFounding(founding: Founding): Conversation | undefined {
    return this.#reader.conversationByFounding(founding);
  }
  conversations(): Conversation[] {
    return this.#reader.conversations();
  }
  entry(row: number): StoredEntry | undefined {
    return this.#reader.entry(row);
  }
  entryAt(address: EntryAddress): StoredEntry | undefined {
    return this.#reader.entryAt(address);
  }
  entryByMessageId(id: MessageId): StoredEntry | undefined {
    return this.#reader.entryByMessageId(id);
  }
  body(row: number): Cbor | undefined {
    return this.#reader.body(row);
  }
  seal(table: string, id: string, column: string, plain: Uint8Array): Uint8Array {
    return this.#reader.seal(table, id, column, plain);
  }
  open(table: string, id: string, column: string, sealed: Uint8Array): Uint8Array {
    return this.#reader.open(table, id, column, sealed);
  }

  transact<T>(run: (writer: Writer) => T): T {
    if (this.#closed) throw new HomeportError("stopped", "Homeport is shutting down.");
    if (this.#inTransaction) throw new TypeError("transactions do not nest");
    const transaction = new Transaction(this.#writerContext);
    let result: T;
    this.#inTransaction = true;
    try {
      result = this.#sql.transaction(() => {
        transaction.afterCommit(this.#writePostponed());
        const value = run(transaction);
        this.store.flush();
        return value;
      });
    } catch (error) {
      this.#changed = false;
      this.store.forget();
      this.records.forget();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
    this.#committed(transaction);
    return result;
  }

  /** Takes what a peer sent (B1–B6). Throws `MalformedError` for what no honest device sends. */
  receive(runs: readonly { conversation: Conversation; run: Run }[]): Received {
    const received: Received = { stored: new Map(), wanting: new Map() };
    const forked: Uint8Array[] = [];
    this.transact((writer) => {
      const taken = new Map<FeedState, Conversation>();
      const incoming: Incoming[] = [];
      for (const { conversation, run } of runs) {
        const verdict = judge(this.#receiveContext(), conversation, run);
        if ("wait" in verdict) received.wanting.set(conversation.row, verdict.wait);
        if ("fork" in verdict) forked.push(this.#freeze(verdict.fork, verdict.seq));
        if (!("take" in verdict)) continue;
        // A second run of a feed in one frame was judged by where the feed ended before the first.
        if (taken.has(verdict.feed)) {
          received.wanting.set(conversation.row, "gap");
          continue;
        }
        taken.set(verdict.feed, conversation);
        const last = verdict.take.length - 1;
        incoming.push(
          ...verdict.take.map((entry, index) => ({ feed: verdict.feed, entry, signature: index === last ? run.signature : null })),
        );
      }
      this.#integrator.take(writer, incoming);
      for (const [feed, conversation] of taken) append(received.stored, conversation.row, feed);
      const touched = new Set([...taken.values()].map(({ row }) => row));
      for (const conversation of touched) this.#settle(writer, conversation);
    });
    for (const device of forked) this.forks.tell(device);
    return received;
  }

  /**
   * Account ops from a peer or made here. What enters is stored in one commit; ops that wait for their parents are not kept.
   * Returns what entered. Throws `MalformedError` for an op that can never be valid, after those before it were taken.
   */
  addOps(ops: readonly Uint8Array[]): Uint8Array[] {
    const fresh: Uint8Array[] = [];
    try {
      for (const op of ops) fresh.push(...this.#ops.absorb(op).added);
    } finally {
      if (fresh.length > 0) {
        this.#storeOps(fresh);
        this.accountChanges.tell(this.account, fresh);
      }
    }
    return fresh;
  }

  /** What this device holds of a conversation (B6). */
  vector(conversation: number): Position[] {
    return [...this.store.feeds(conversation)]
      .filter((feed) => feed.headSeq > 0)
      .map(({ device, incarnation, headSeq }) => ({ device, incarnation, seq: headSeq }));
  }

  /** Entries to be sent on, with signatures that are not stored yet. */
  wire(entries: WireEntry[]): WireEntry[] {
    for (const entry of entries) entry.signature ??= this.#signatures.get(entry.row) ?? null;
    return entries;
  }

  /** B5: a peer holds more of the incarnation that this device writes in: the database was rolled back under it. */
  rolledBack(incarnation: Uint8Array): void {
    if (sameBytes(incarnation, this.#incarnation)) this.#renewIncarnation();
  }

  /**
   * For what may be lost in a crash and learned again: costs no commit of its own. `done` runs after the commit; a later
   * call with the same key replaces this one.
   */
  postpone(key: string, write: (sql: Sql) => void, done: () => void): void {
    this.#postponed.set(key, { write, done });
    this.#flushSoon();
  }

  isAdmitted(device: Uint8Array): boolean {
    return standingOf(this.account, device)?.state === "admitted";
  }

  close(): void {
    if (this.#closed) return;
    try {
      this.#flush();
    } finally {
      this.#closed = true;
      this.#cancelFlush?.();
      for (const cancel of this.#due.values()) cancel();
      this.#sql.close();
    }
  }

  #prepare(ops: readonly Uint8Array[] | undefined): void {
    // A crash may have come between an erasure and the emptying of the journal.
    this.#truncateJournal();
    this.transact((writer) => {
      if (ops) storeOps(writer.sql, this.crypto, ops);
      if (!this.store.conversationByFounding(this.#ownFounding())) this.store.addConversation(this.#ownFounding());
    });
    for (const conversation of this.conversations()) {
      const feeds = [...this.store.feeds(conversation.row)];
      if (feeds.some((feed) => feed.integrated < feed.headSeq)) this.transact((writer) => this.#settle(writer, conversation.row));
    }
    const unsigned = this.#unsignedHeads();
    if (unsigned.size > 0) void this.#sign(unsigned);
  }

  #storeOps(ops: readonly Uint8Array[]): void {
    try {
      this.transact((writer) => storeOps(writer.sql, this.crypto, ops));
    } catch (error) {
      // What is not on the disk does not count.
      this.#ops = loadOps(this.#sql, this.crypto, undefined);
      throw error;
    }
  }

  /** A crash between commit and signature leaves an own head without one. */
  #unsignedHeads(): Map<number, Uint8Array> {
    const rows = this.#sql.all<{ row: number; hash: Uint8Array }>(
      `select e.row, e.hash from feed f join entry e on e.feed = f.row and e.seq = f.head_seq where f.device = ? and e.signature is null`,
      this.self,
    );
    return new Map(rows.map(({ row, hash }) => [row, hash]));
  }

  #ownFounding(): Founding {
    return { kind: "self", account: this.account.account };
  }

  #receiveContext() {
    return {
      ...{ crypto: this.crypto, sql: this.#sql, store: this.store, account: this.account, now: this.now() },
      ...{ self: this.self, incarnation: this.#incarnation },
    };
  }

  #settle(writer: Writer, conversation: number): void {
    const due = this.#integrator.settle(writer, conversation);
    if (due === undefined) return;
    writer.afterCommit(() => {
      this.#due.get(conversation)?.();
      // Looked at again soon in any case: the clock may be set right in between.
      const wait = Math.min(Math.max(due - this.now(), 0) + 1, HELD_CHECK_MS);
      const cancel = this.clock.after(wait, () => {
        this.#due.delete(conversation);
        this.#inBackground(() => this.transact((later) => this.#settle(later, conversation)));
      });
      this.#due.set(conversation, cancel);
    });
  }

  #freeze(feed: FeedState, seq: number): Uint8Array {
    this.store.freezeFeed(feed, seq, "two different entries at one place");
    this.log("error", "a device signed two different entries for one place; its feed is frozen there", { seq });
    if (sameBytes(feed.device, this.self)) this.rolledBack(feed.incarnation);
    return feed.device;
  }

  #renewIncarnation(): Uint8Array {
    this.#incarnation = this.random.bytes(8);
    this.log("warn", "opened a new incarnation of this device's feeds");
    return this.#incarnation;
  }

  #hand(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
    for (const projection of this.#projections) projection.integrated?.(writer, entry, body);
  }

  #tellErased(writer: Writer, entry: StoredEntry): void {
    for (const projection of this.#projections) projection.erased?.(writer, entry);
  }

  #record(conversation: number, entry: number, what: 1 | 2): void {
    this.#sql.run("insert into change (conversation, entry, what) values (?, ?, ?)", conversation, entry, what);
    this.#changed = true;
  }

  #committed(transaction: Transaction): void {
    if (transaction.unsigned.size > 0) void this.#sign(transaction.unsigned);
    if (transaction.erasedBodies) this.#inBackground(() => this.#truncateJournal());
    for (const action of transaction.afterCommitActions) action();
    if (this.#changed) {
      this.#changed = false;
      this.changes.tell();
    }
    this.outgoing.tell();
  }

  async #sign(hashes: ReadonlyMap<number, Uint8Array>): Promise<void> {
    for (const [row, hash] of hashes) {
      const signature = await this.signer.sign(DOMAIN.entrySignature, hash);
      if (this.#closed) return;
      this.#signatures.set(row, signature);
    }
    this.#flushSoon();
    this.outgoing.tell();
  }

  /** R2: what was erased also stands in the write-ahead log, until that is emptied. */
  #truncateJournal(): void {
    this.#sql.exec("pragma wal_checkpoint(truncate)");
  }

  /** Nobody waits for it: a full disk is logged, and what was to be written is kept for the next transaction. */
  #inBackground(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.log("error", "could not write to the database", { what: error instanceof Error ? error.message : "unknown" });
    }
  }

  #flushSoon(): void {
    this.#cancelFlush ??= this.clock.after(FLUSH_DELAY_MS, () => {
      this.#cancelFlush = undefined;
      this.#inBackground(() => this.#flush());
    });
  }

  #flush(): void {
    if (this.#signatures.size > 0 || this.#postponed.size > 0) this.transact(() => undefined);
  }

  /** What is returned runs after the commit: only then is it forgotten here. */
  #writePostponed(): () => void {
    for (const [row, signature] of this.#signatures) this.store.setSignature(row, signature);
    for (const { write } of this.#postponed.values()) write(this.#sql);
    const signed = [...this.#signatures.keys()];
    const written = [...this.#postponed];
    return () => {
      for (const row of signed) this.#signatures.delete(row);
      for (const [key] of written) this.#postponed.delete(key);
      for (const [, { done }] of written) done();
    };
  }
}

function append(stored: Map<number, Position[]>, conversation: number, feed: FeedState): void {
  const positions = stored.get(conversation) ?? [];
  stored.set(conversation, positions);
  const { device, incarnation, headSeq } = feed;
  positions.push({ device, incarnation, seq: headSeq });
}

function loadOps(sql: Sql, crypto: Crypto, given: readonly Uint8Array[] | undefined): OpSet {
  const stored = sql.all<{ bytes: Uint8Array }>("select bytes from account_op order by row").map(({ bytes }) => bytes);
  const all = stored.length > 0 ? stored : (given ?? []);
  if (all.length === 0)
    throw new HomeportError("no-account", "This data folder holds no account. Run `homeport init` or `homeport device join`.");
  const set = new OpSet(crypto, decodeOp(crypto, all[0] as Uint8Array).id);
  for (const op of all) set.add(op);
  return set;
}

function storeOps(sql: Sql, crypto: Crypto, ops: readonly Uint8Array[]): void {
  for (const bytes of ops)
    sql.run("insert or ignore into account_op (id, bytes) values (?, ?)", crypto.hash(DOMAIN.accountOp, bytes), bytes);
}
