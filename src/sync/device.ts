import type { OpSet } from "./account/op-set.ts";
import { type AccountState, standingOf } from "./account/resolve.ts";
import type { Conversation, Core, Founding, Hlc, IntegratedEntry, Projection, StoredEntry, Writer } from "./core.ts";
import { Cuts, cutTables } from "./cuts/cuts.ts";
import { Enforcement } from "./cuts/enforcement.ts";
import { plannedCuts, publishPlanned } from "./cuts/publish.ts";
import { type Fate, fateOf, Graveyard } from "./deletion/graveyard.ts";
import { deletionProjection } from "./deletion/projection.ts";
import { Sweeper } from "./deletion/sweeper.ts";
import { DELETION_MIGRATIONS } from "./deletion/tables.ts";
import { sameBytes } from "./encoding/bytes.ts";
import type { Cbor } from "./encoding/cbor.ts";
import { HomeportError } from "./errors.ts";
import { Discovery } from "./forks/discovery.ts";
import { Forks, forkTable } from "./forks/forks.ts";
import type { ForkedFeed } from "./forks/proof.ts";
import { Listeners } from "./listeners.ts";
import type { Header } from "./log/header.ts";
import type { Position } from "./log/vector.ts";
import type { Log } from "./log-port.ts";
import type { Clock, Crypto, Random, Signer, Sql } from "./ports.ts";
import { loadOps, storeOps } from "./store/account-ops.ts";
import { type Change, recordChange, recordMessages } from "./store/changes.ts";
import { DelegatedReader } from "./store/delegated-reader.ts";
import { DeviceRecords } from "./store/devices.ts";
import { DueTimes } from "./store/due-times.ts";
import type { WireEntry } from "./store/entry-table.ts";
import { type ConversationRun, type IntakeContext, type Received, takeRuns } from "./store/intake.ts";
import { Integrator } from "./store/integrate.ts";
import { LogStore } from "./store/log-store.ts";
import { migrate } from "./store/migrate.ts";
import { Postponed } from "./store/postponed.ts";
import { CoreReader } from "./store/reader.ts";
import { CORE_MIGRATIONS } from "./store/schema.ts";
import { Rollback, rollbackTable } from "./store/rollback.ts";
import { Sealing } from "./store/sealing.ts";
import { Signing } from "./store/signing.ts";
import { coreProjection } from "./store/system-kinds.ts";
import { Transaction, type WriterContext } from "./store/writer.ts";

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

interface Parts {
  store: LogStore;
  graves: Graveyard;
  reader: CoreReader;
  /** Replaced as a whole where storing failed. */
  account: { ops: OpSet };
  rollback: Rollback;
}

/**
 * One device's copy of account and log: the only owner of the database. Everything that changes it comes through
 * `transact`, `receive` or `addOps`; each is one commit, and nothing is said to anyone before the commit.
 */
export class Device extends DelegatedReader implements Core {
  /** Entries or views changed; the argument is the newest number of the change table. */
  readonly changes = new Listeners<[]>();
  /** Entries are signed and may travel. */
  readonly outgoing = new Listeners<[]>();
  readonly accountChanges = new Listeners<[state: AccountState, ops: readonly Uint8Array[]]>();
  readonly learned = new Listeners<[Conversation]>();
  /** A feed of this device was found to fork (B5). */
  readonly forked = new Listeners<[device: Uint8Array]>();

  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly store: LogStore;
  /** B5. */
  readonly rollback: Rollback;
  readonly records: DeviceRecords;
  readonly log: Log;
  /** What is deleted for good (E1). */
  readonly graves: Graveyard;
  /** Up to where the entries of revoked devices count (C1). */
  readonly cuts: Cuts;
  /** Which feeds part into two (B5). */
  readonly forks: Forks;
  readonly #discovery: Discovery;
  readonly #enforcement: Enforcement;
  readonly #signing: Signing;
  readonly #sweeper: Sweeper;
  readonly #projections: readonly Projection[];
  /** Those that hear of entries of a kind; there are 65,536 kinds at most. */
  readonly #byKind = new Map<number, readonly Projection[]>();
  readonly #integrator: Integrator;
  readonly #writerContext: WriterContext;
  readonly #dataKey: Uint8Array;
  readonly #account: { ops: OpSet };
  readonly #postponed: Postponed;
  readonly #dueTimes: DueTimes;
  #incarnation: Uint8Array;
  #changed = false;
  #closed = false;
  #inTransaction = false;

  /** Throws `HomeportError`: `newer-schema`, `corrupt`, `no-account`. */
  static open(options: DeviceOptions): Device {
    const components = [
      { name: "core", migrations: CORE_MIGRATIONS },
      { name: "deletion", migrations: DELETION_MIGRATIONS },
      ...[rollbackTable, cutTables, forkTable],
    ];
    migrate(options.sql, [...components, ...options.projections]);
    const { sql, crypto, random, clock, signer, ops } = options;
    const dataKey = new Sealing(crypto, random, options.dataKey);
    const store = new LogStore(sql, crypto, random, dataKey, signer.publicKey);
    const account = { ops: loadOps(sql, crypto, ops) };
    const graves = new Graveyard(sql);
    const state = () => account.ops.state;
    const rollback = new Rollback({ sql, clock, self: signer.publicKey, account: state, lastRow: store.lastRow() });
    const reader = new CoreReader({ sql, store, dataKey, clock, graves, self: signer.publicKey, account: state, rollback });
    return new Device(options, { store, reader, account, graves, rollback });
  }

  private constructor(options: DeviceOptions, { store, reader, account, graves, rollback }: Parts) {
    super(reader);
    const { sql, crypto, random, clock, signer, log } = options;
    this.crypto = crypto;
    this.random = random;
    this.clock = clock;
    this.signer = signer;
    this.log = log;
    this.#dataKey = options.dataKey;
    this.store = store;
    this.rollback = rollback;
    this.records = new DeviceRecords(sql, crypto);
    this.graves = graves;
    this.cuts = new Cuts(
      sql,
      () => this.account,
      (row) => (store.conversation(row) as Conversation).id,
    );
    this.forks = new Forks(sql);
    this.#enforcement = new Enforcement({
      ...{ crypto, store, cuts: this.cuts, forks: this.forks },
      account: () => this.account,
      ownLog: () => this.ownLog,
      projections: () => this.#projections,
      transact: (run) => this.transact(run),
      settle: (writer, conversation) => this.#settle(writer, conversation),
      forked: (place) => this.#toldOfFork(place),
    });
    this.#discovery = new Discovery({
      ...{ crypto, store, forks: this.forks },
      wire: (entries) => this.wire(entries),
      ownLog: () => this.ownLog,
      learn: (writer, place) => this.#enforcement.learnFork(writer, place),
      freeze: (writer, feed, seq) => this.#enforcement.freeze(writer, feed, seq),
    });
    this.#sweeper = new Sweeper({
      ...{ clock, random },
      transact: (run) => this.transact(run),
      ownLog: () => this.ownLog.row,
      mayDelete: () => this.isAdmitted(this.self),
      inBackground: (run) => this.#inBackground(run),
    });
    this.#account = account;
    this.#postponed = new Postponed(store, clock, () => this.#inBackground(() => this.#flush()));
    this.#dueTimes = new DueTimes(clock, (row) => this.#inBackground(() => this.transact((writer) => this.#settle(writer, row))));
    this.#signing = new Signing({
      sql,
      signer,
      postponed: this.#postponed,
      isClosed: () => this.#closed,
      signed: () => this.outgoing.tell(),
    });
    const learnCut = this.#enforcement.learnCut.bind(this.#enforcement);
    this.#projections = [
      coreProjection(store, this.records, (conversation) => this.learned.tell(conversation), learnCut),
      ...options.projections,
      // Last: what it erases has been heard of by all by then.
      deletionProjection({
        ...{ store, graves: this.graves, cuts: this.cuts, cut: learnCut },
        conversationErased: (writer, row) => this.#tellConversationErased(writer, row),
        due: (writer, at) => writer.afterCommit(() => this.#sweeper.plan(at)),
      }),
    ];
    // B5: a database that was rolled back cannot know it. An incarnation of its own for each start makes that harmless.
    this.#incarnation = random.bytes(8);
    rollback.writesIn(this.#incarnation);
    this.#integrator = new Integrator({
      store,
      now: () => clock.now(),
      integrated: (writer, entry, body) => this.#hand(writer, entry, body),
      integratedMany: (writer, entries) => this.#handMany(writer, entries),
      changedMany: (conversation, first, count) => {
        recordMessages(this.sql, conversation, first, count);
        this.#changed = true;
      },
      changed: (conversation, entry, what) => this.#record(conversation, entry, what),
      setShown: (row) => sql.run("update entry set shown = 1 where row = ?", row),
      stored: (writer, feed, kind, body) => this.#enforcement.stored(writer, feed, kind, body),
      fate: (conversation, header) => this.#fate(conversation, header),
      covered: (feed, seq, hash) => this.cuts.covers(feed, seq, hash),
      forkedAt: (row, feed, incarnation) => this.forks.at((store.conversation(row) as Conversation).id, feed, incarnation),
    });
    this.#writerContext = {
      ...{ crypto, random, store, reader },
      integrated: (writer, entry, body) => this.#hand(writer, entry, body),
      erased: (writer, entry) => this.#tellErased(writer, entry),
      fate: (conversation, header) => this.#fate(conversation, header),
      deletedUpTo: (conversation) => this.#deletedUpTo(conversation),
      incarnation: (fresh) => (fresh ? this.#renewIncarnation() : this.#incarnation),
      changed: (conversation, entry, what) => this.#record(conversation, entry, what),
      learned: (conversation) => this.learned.tell(conversation),
    };
    this.#prepare(options.ops);
  }

  get ops(): OpSet {
    return this.#account.ops;
  }
  /** The own-devices log. */
  get ownLog(): Conversation {
    return this.store.conversationByFounding(this.#ownFounding()) as Conversation;
  }

  transact<T>(run: (writer: Writer) => T): T {
    if (this.#closed) throw new HomeportError("stopped", "Homeport is shutting down.");
    if (this.#inTransaction) throw new TypeError("transactions do not nest");
    const transaction = new Transaction(this.#writerContext);
    let result: T;
    this.#inTransaction = true;
    try {
      result = this.sql.transaction(() => {
        transaction.afterCommit(this.#postponed.write(this.sql));
        const value = run(transaction);
        this.#enforcement.settle(transaction);
        this.store.flush();
        return value;
      });
    } catch (error) {
      this.#changed = false;
      for (const part of [this.#enforcement, this.store, this.records, this.graves, this.cuts]) part.forget();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
    this.#committed(transaction);
    return result;
  }

  /** Takes what a peer sent (B1–B6). Throws `MalformedError` for what no honest device sends. */
  receive(runs: readonly ConversationRun[]): Received {
    return this.transact((writer) => {
      const { touched, ...received } = takeRuns(this.#intakeContext(), writer, runs);
      for (const conversation of touched) this.#settle(writer, conversation);
      return received;
    });
  }

  /**
   * Account ops from a peer or made here. What enters is stored in one commit; ops that wait for their parents are not kept.
   * Returns what entered. Throws `MalformedError` for an op that can never be valid, after those before it were taken.
   */
  addOps(ops: readonly Uint8Array[]): Uint8Array[] {
    const fresh: Uint8Array[] = [];
    try {
      for (const op of ops) fresh.push(...this.#account.ops.absorb(op).added);
    } finally {
      if (fresh.length > 0) {
        this.#storeOps(fresh);
        this.#enforcement.enforceAll();
        this.accountChanges.tell(this.account, fresh);
      }
    }
    return fresh;
  }

  /** What this device holds of a conversation (B6). */
  vector(conversation: number): Position[] {
    return [...this.store.feeds(conversation)]
      .map((feed) => ({ device: feed.device, incarnation: feed.incarnation, seq: this.#discovery.said(feed) }))
      .filter(({ seq }) => seq > 0);
  }

  /** Entries to be sent on, with signatures that are not stored yet. */
  wire(entries: WireEntry[]): WireEntry[] {
    for (const entry of entries) entry.signature ??= this.#postponed.signature(entry.row) ?? null;
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
    this.#postponed.put(key, write, done);
  }

  /** For wrapping it anew; the caller wipes it. */
  copyDataKey(): Uint8Array {
    return this.#dataKey.slice();
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
      this.#postponed.stop();
      this.#dueTimes.stop();
      this.#sweeper.stop();
      this.store.forget();
      this.crypto.wipe(this.#dataKey);
      this.sql.close();
    }
  }

  #prepare(ops: readonly Uint8Array[] | undefined): void {
    // A crash may have come between an erasure and the emptying of the journal.
    this.#truncateJournal();
    this.transact((writer) => {
      if (ops) storeOps(writer.sql, this.crypto, ops);
      if (!this.store.conversationByFounding(this.#ownFounding())) this.store.addConversation(this.#ownFounding());
    });
    for (const conversation of this.store.waitingConversations()) this.transact((writer) => this.#settle(writer, conversation));
    this.#enforcement.enforceAll();
    if (plannedCuts(this).length > 0) this.transact(publishPlanned);
    this.#sweeper.start();
    void this.#signing.sign(this.#signing.unsignedHeads());
  }

  #storeOps(ops: readonly Uint8Array[]): void {
    try {
      this.transact((writer) => storeOps(writer.sql, this.crypto, ops));
    } catch (error) {
      // What is not on the disk does not count.
      this.#account.ops = loadOps(this.sql, this.crypto, undefined);
      throw error;
    }
  }

  #ownFounding(): Founding {
    return { kind: "self", account: this.account.account };
  }

  #intakeContext(): IntakeContext {
    return {
      ...{ crypto: this.crypto, sql: this.sql, store: this.store, account: this.account, now: this.now() },
      ...{ self: this.self, incarnation: this.#incarnation, integrator: this.#integrator },
      deletedUpTo: (conversation) => this.#deletedUpTo(conversation),
      ownCameBack: () => {
        this.rollback.proven();
        this.log("warn", "entries of this device came back: its database is older than what it wrote");
      },
      forkedAt: (conversation, device, incarnation) => this.forks.at(conversation, device, incarnation),
      forked: (writer, conversation, fork) => this.#discovery.found(writer, conversation, fork),
    };
  }

  #settle(writer: Writer, conversation: number): void {
    const due = this.#integrator.settle(writer, conversation);
    if (due !== undefined) writer.afterCommit(() => this.#dueTimes.set(conversation, due));
  }

  #fate(row: number, header: Header): Fate {
    const conversation = this.store.conversation(row);
    const grave = conversation && this.graves.ofConversation(conversation);
    return grave ? fateOf(grave, header, conversation.founding.kind === "self") : "stays";
  }

  #deletedUpTo(conversation: Conversation): Hlc | undefined {
    return conversation.founding.kind === "self" ? undefined : this.graves.ofConversation(conversation)?.all;
  }

  #toldOfFork({ device, incarnation, seq }: ForkedFeed): void {
    this.log("error", "a device signed two different entries for one place; its feed is frozen there", { seq });
    if (sameBytes(device, this.self)) this.rolledBack(incarnation);
    this.forked.tell(device);
  }

  #renewIncarnation(): Uint8Array {
    this.#incarnation = this.random.bytes(8);
    this.rollback.writesIn(this.#incarnation);
    this.log("warn", "opened a new incarnation of this device's feeds");
    return this.#incarnation;
  }

  #hand(writer: Writer, entry: StoredEntry, body: Cbor | undefined): void {
    for (const projection of this.#concerned(entry.kind)) projection.integrated?.(writer, entry, body);
  }

  #handMany(writer: Writer, entries: readonly IntegratedEntry[]): void {
    const concerned = new Set(entries.flatMap(({ entry }) => this.#concerned(entry.kind)));
    for (const projection of this.#projections) {
      if (!concerned.has(projection)) continue;
      if (projection.integratedMany) projection.integratedMany(writer, entries);
      else for (const { entry, body } of entries) projection.integrated?.(writer, entry, body);
    }
  }

  #concerned(kind: number): readonly Projection[] {
    const known = this.#byKind.get(kind);
    if (known) return known;
    const concerned = this.#projections.filter(({ kinds }) => kinds === undefined || kinds.has(kind));
    this.#byKind.set(kind, concerned);
    return concerned;
  }

  #tellErased(writer: Writer, entry: StoredEntry): void {
    for (const projection of this.#projections) projection.erased?.(writer, entry);
  }

  #tellConversationErased(writer: Writer, row: number): void {
    this.#enforcement.moves(row);
    writer.touchConversation(row);
    for (const projection of this.#projections) projection.conversationErased?.(writer, row);
  }

  #record(conversation: number, entry: number, what: Change): void {
    recordChange(this.sql, conversation, entry, what);
    this.#changed = true;
  }

  #committed(transaction: Transaction): void {
    void this.#signing.sign(transaction.unsigned);
    if (transaction.erasedBodies) this.#inBackground(() => this.#truncateJournal());
    for (const action of transaction.afterCommitActions) action();
    if (this.#changed) {
      this.#changed = false;
      this.changes.tell();
    }
    this.outgoing.tell();
  }

  /** R2: what was erased also stands in the write-ahead log, until that is emptied. */
  #truncateJournal(): void {
    this.sql.exec("pragma wal_checkpoint(truncate)");
  }

  /** Nobody waits for it: a full disk is logged, and what was to be written is kept for the next transaction. */
  #inBackground(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.log("error", "could not write to the database", { what: error instanceof Error ? error.message : "unknown" });
    }
  }

  #flush(): void {
    if (!this.#postponed.isEmpty) this.transact(() => undefined);
  }
}
