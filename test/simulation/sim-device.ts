import { createSeedSigner } from "../../src/sync/crypto/seed-signer.ts";
import { Device } from "../../src/sync/device.ts";
import type { Projection, Writer } from "../../src/sync/core.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import { createFilesProjection } from "../../src/sync/files/projection.ts";
import type { Crypto, Link, Signer } from "../../src/sync/ports.ts";
import type { RenewalLimits } from "../../src/sync/session/carrier.ts";
import { Sessions } from "../../src/sync/session/sessions.ts";
import { retirementTable } from "../../src/device/retirement.ts";
import { accountProjection } from "../../src/device/account/projection.ts";
import { chatState, draftOf } from "../../src/device/views/chat-state.ts";
import { messageOf } from "../../src/device/views/messages.ts";
import { unreadOf } from "../../src/device/views/unread.ts";
import { viewsProjection } from "../../src/device/views/projection.ts";
import { searchProjection } from "../../src/sync/search/projection.ts";
import { CrashingSql } from "./crashing-sql.ts";
import { type Chance, SkewedClock, type World } from "./world.ts";

export interface Surroundings {
  world: World;
  chance: Chance;
  crypto: Crypto;
  /** F1: how long a link may carry a session. */
  renewal?: Partial<RenewalLimits>;
  /** F1: one more connection to the device of that transport key. */
  redial(from: SimDevice, transport: Uint8Array): Promise<Link>;
}

/** Counts how often each entry was handed on: a table of its own, so that it survives as the log does. */
const witness: Projection = {
  name: "witness",
  migrations: ["create table witness (entry integer primary key, times integer not null)"],
  integrated: (writer: Writer, entry) => {
    writer.sql.run("insert into witness values (?, 1) on conflict do update set times = times + 1", entry.row);
  },
  retracted: (writer: Writer, entry) => {
    writer.sql.run("delete from witness where entry = ?", entry.row);
  },
};

/** A line of somebody else, as a bridge brings it in. */
const HEARD = {
  shape: "text",
  from: { id: "alice", name: "alice", self: false },
  ts: 1,
  label: "plaintext",
  facts: { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" },
};

interface Keys {
  seed: Uint8Array;
  transport: Uint8Array;
  certificate: Uint8Array;
  dataKey?: Uint8Array;
}

/** A machine with a disk: it runs, dies at any statement, comes back, or is set back to an older image. */
export class SimDevice {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly signer: Signer;
  readonly transport: Uint8Array;
  readonly certificate: Uint8Array;
  sql = new CrashingSql();
  device!: Device;
  sessions!: Sessions;
  running = false;
  /** Texts that were committed here with the id of their bridged conversation, by the incarnation of the disk: what a set-back disk forgot is not in it. */
  committed = new Map<string, string | undefined>();
  readonly files = createFilesProjection();
  /** To calls of other devices. */
  answer = (method: string, text: string): Promise<string> => Promise.resolve(JSON.stringify([method, text]));
  readonly #surroundings: Surroundings;
  readonly #dataKey: Uint8Array;
  readonly #log: string[] = [];
  readonly #received: string[] = [];

  readonly #keys: Keys;

  constructor(surroundings: Surroundings, name: string, keys: Keys) {
    this.#surroundings = surroundings;
    this.#keys = keys;
    this.name = name;
    this.signer = createSeedSigner(surroundings.crypto, keys.seed);
    this.transport = keys.transport;
    this.certificate = keys.certificate;
    this.clock = new SkewedClock(surroundings.world);
    this.#dataKey = keys.dataKey ?? surroundings.chance.bytes(32);
  }

  /** B5: a copy of this machine with all that is in its memory, so that it goes on in the same incarnation. */
  twin(name: string): SimDevice {
    const twin = new SimDevice(this.#surroundings, name, { ...this.#keys, dataKey: this.#dataKey });
    const incarnation = this.sql.all<{ incarnation: Uint8Array }>(
      "select f.incarnation from feed f join entry e on e.feed = f.row where f.device = ? order by e.row",
      this.key,
    );
    twin.sql = new CrashingSql(this.sql.image());
    twin.start(undefined, incarnation.at(-1)?.incarnation);
    return twin;
  }

  get key(): Uint8Array {
    return this.signer.publicKey;
  }

  start(ops?: readonly Uint8Array[], incarnation?: Uint8Array): void {
    const { crypto, chance } = this.#surroundings;
    let given = incarnation;
    const bytes = (length: number): Uint8Array => {
      const first = length === 8 ? given : undefined;
      if (first) given = undefined;
      return first ?? chance.bytes(length);
    };
    this.device = Device.open({
      ...{ sql: this.sql, crypto, random: { bytes }, clock: this.clock, signer: this.signer, dataKey: this.#dataKey.slice() },
      ...(ops ? { ops } : {}),
      projections: [viewsProjection, accountProjection, searchProjection, retirementTable, witness, this.files],
      log: (level, message, fields) => this.#log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    });
    const receive = this.device.receive.bind(this.device);
    this.device.receive = (runs) => {
      for (const { body } of runs.flatMap(({ run }) => run.entries)) if (body) this.#received.push(Buffer.from(body).toString("latin1"));
      return receive(runs);
    };
    this.sessions = new Sessions({
      ...{ device: this.device, transport: this.transport, certificate: this.certificate },
      handle: (method, text) => this.answer(method, text),
      renewal: this.#surroundings.renewal ?? {},
    });
    this.sessions.redial = (session) => this.#surroundings.redial(this, session.peer.transport);
    this.running = true;
  }

  /** What its log said, for a failing run. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** As a power cut: nothing more happens, and only what was committed is on the disk. */
  die(): void {
    this.running = false;
    this.sql.dead = true;
    this.clock.stop();
  }

  /** Texts of all bodies that ever reached this device from another one. */
  get received(): readonly string[] {
    return this.#received;
  }

  restart(image: Buffer = this.sql.image()): void {
    this.sql = new CrashingSql(image);
    this.start();
  }

  write(text: string): void {
    this.device.transact((writer) => writer.append(this.device.ownLog.row, KIND.text, { text, style: "text" }));
    this.committed.set(text, undefined);
  }

  /** As a bridge does: several lines at once, in a conversation that is new at first. */
  ingest(conv: string, texts: readonly string[]): void {
    const conversation = this.device.transact((writer) => {
      const founding = { kind: "bridge", account: this.device.account.account, network: "irc", bridge: "b1", conv } as const;
      const { row, id } = writer.found(founding);
      for (const text of texts) writer.append(row, KIND.bridged, { ...HEARD, text });
      return toHex(id);
    });
    for (const text of texts) this.committed.set(text, conversation);
  }

  /** Everything that a person would see, in the order of the view, by conversation. */
  view(): Map<string, string[]> {
    const rows = this.sql.all<{ conversation: number; row: number; hash: Uint8Array }>(
      "select conversation, row, hash from entry where shown = 1 order by conversation, place_ms, place_n, hlc_ms, hlc_n, tie",
    );
    const view = new Map<string, string[]>();
    for (const { conversation, row, hash } of rows) {
      const id = toHex(this.device.conversation(conversation)?.id ?? new Uint8Array());
      const body = this.device.body(row) as { text?: string } | undefined;
      view.set(id, [...(view.get(id) ?? []), `${toHex(hash).slice(0, 8)} ${body?.text}`]);
    }
    return view;
  }

  /**
   * What is known about messages and conversations, the same on all devices. `differ`: of which texts and conversations this need not
   * hold. Without `chats`, of messages alone.
   */
  states(differ: (body: string | undefined, conversation: string) => boolean, chats: boolean): string[] {
    const context = { reader: this.device, files: undefined, nameOf: () => "", liveLabel: () => "plaintext" as const };
    const rows = this.sql.all<{ row: number }>("select row from entry where shown = 1").map(({ row }) => this.device.entry(row));
    const messages = rows.flatMap((entry) => {
      const message = entry && messageOf(context as never, entry);
      const body = entry && (this.device.body(entry.row) as { text?: string } | undefined)?.text;
      if (!message || differ(body, toHex(entry.conversation).slice(0, 8))) return [];
      return [JSON.stringify([message.id, message.text, message.edited ?? null, message.reactions ?? null, message.pinned ?? null])];
    });
    if (!chats) return messages.sort();
    const said = this.device.conversations().flatMap(({ row, id }) => {
      const { unread, mentions } = unreadOf(this.device, row);
      const name = toHex(id).slice(0, 8);
      const line = [name, chatState(this.device, row), draftOf(this.device, row) ?? null, unread, mentions];
      return differ("", name) ? [] : [JSON.stringify(line)];
    });
    return [...messages, ...said].sort();
  }

  texts(): string[] {
    return [...this.view().values()].flat().map((line) => line.slice(9));
  }
}
