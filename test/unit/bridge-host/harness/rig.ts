import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BridgeHost, createBridgeHost } from "../../../../src/bridges/host/host.ts";
import type { EphemeralEvent } from "../../../../src/bridges/host/ephemeral.ts";
import type { BridgeRow } from "../../../../src/bridges/host/live-rows.ts";
import { networksOf } from "../../../../src/bridges/host/networks.ts";
import { createBridgesProjection } from "../../../../src/bridges/host/projection.ts";
import { openSqlite } from "../../../../src/node/sqlite.ts";
import { type Bridged, bridgedSchema, type Delivery, deliverySchema } from "../../../../src/sync/content/bridged.ts";
import { KIND } from "../../../../src/sync/content/kinds.ts";
import type { Text } from "../../../../src/sync/content/text.ts";
import type { Conversation, StoredEntry } from "../../../../src/sync/core.ts";
import { Device } from "../../../../src/sync/device.ts";
import type { Cbor } from "../../../../src/sync/encoding/cbor.ts";
import { carry } from "./carry.ts";
import { CrashingSql } from "./crashing-sql.ts";
import { type Person, person } from "./person.ts";
import { NETWORK, ScriptedNetwork, type ScriptedProcess } from "./scripted-network.ts";
import { rest, TestClock } from "./test-clock.ts";

export interface Line extends Bridged {
  row: number;
}

/** A home PC with a real core on a real database, a bridge host, a scripted network, and the person's phone. */
export class Rig {
  readonly person: Person;
  readonly folder = mkdtempSync(join(tmpdir(), "homeport-bridge-"));
  readonly clock = new TestClock();
  readonly network = new ScriptedNetwork(this.clock);
  readonly redacted: string[] = [];
  readonly logged: string[] = [];
  readonly live: BridgeRow[][] = [];
  readonly ephemeral: EphemeralEvent[] = [];
  sql!: CrashingSql;
  core!: Device;
  host!: BridgeHost;
  #phone: Device | undefined;

  static async make(): Promise<Rig> {
    const rig = new Rig(await person());
    rig.boot();
    return rig;
  }

  constructor(owner: Person) {
    this.person = owner;
  }

  /** Starts the node, dying before statement `after` if one is given. */
  boot(after?: number): void {
    const database = openSqlite(join(this.folder, "homeport.db"));
    // Processes die here, never the machine: what was written is there without waiting for the disk.
    database.exec("pragma synchronous = off");
    this.sql = new CrashingSql(database, after);
    const { random, crypto, home, dataKey, ops } = this.person;
    const projection = createBridgesProjection(random);
    const log = (level: string, text: string, fields?: object) => void this.logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`);
    this.core = Device.open({
      ...{ sql: this.sql, crypto, random, clock: this.clock, signer: home, dataKey: dataKey.slice(), ops, log },
      projections: [projection],
    });
    this.host = createBridgeHost({
      ...{ core: this.core, projection, crypto, random, clock: this.clock, networks: networksOf([NETWORK]), processes: this.network, log },
      redact: (secret) => void this.redacted.push(secret),
      onLive: (rows) => void this.live.push(rows),
      onEphemeral: (event) => void this.ephemeral.push(event),
    });
  }

  /** As `kill -9` does it, children included. */
  crash(): void {
    this.sql.kill();
    this.clock.clear();
    for (const process of this.network.processes) process.removeAllListeners();
  }

  async restart(): Promise<void> {
    this.crash();
    this.boot();
    await rest();
  }

  /** An account, and a conversation of it that is open. */
  async withChannel(target = "#home"): Promise<{ account: string; conversation: Conversation; process: ScriptedProcess }> {
    const { account } = this.host.add("scripted", { host: "irc.example.org", nick: "me", password: "correct horse" });
    await rest();
    const conversation = await this.host.open(account, target);
    await rest();
    return { account, conversation, process: this.network.process };
  }

  /** The person writes on the home PC. */
  write(conversation: Conversation, text: string, more: Partial<Text> = {}): StoredEntry {
    return this.core.transact((writer) => writer.append(conversation.row, KIND.text, { style: "text", text, ...more }));
  }

  get phone(): Device {
    const { random, crypto, phone, dataKey, ops } = this.person;
    const sql = () => openSqlite(join(this.folder, "phone.db"));
    this.#phone ??= Device.open({
      ...{ sql: sql(), crypto, random, clock: this.clock, signer: phone, dataKey: dataKey.slice(), ops, log: () => undefined },
      projections: [],
    });
    return this.#phone;
  }

  /** The person writes on the phone, and the entry reaches the home PC. */
  async writeOnPhone(conversation: Conversation, text: string, more: Partial<Text> = {}): Promise<void> {
    await carry(this.core, this.phone);
    const there = this.phone.conversationById(conversation.id);
    if (!there) throw new Error("the phone does not know the conversation");
    this.phone.transact((writer) => writer.append(there.row, KIND.text, { style: "text", text, ...more }));
    await carry(this.phone, this.core);
    await rest();
  }

  lines(conversation: Conversation): Line[] {
    return this.bodies(conversation, KIND.bridged).map(({ row, body }) => ({ row, ...bridgedSchema.parse(body) }));
  }

  deliveries(conversation: Conversation, sinceRow = 0): Delivery[] {
    return this.bodies(conversation, KIND.delivery, sinceRow).map(({ body }) => deliverySchema.parse(body));
  }

  /** What all devices see of the message now. */
  stateOf(entry: StoredEntry): Delivery | undefined {
    const conversation = this.core.conversation(entry.conversationRow);
    return (
      conversation &&
      this.deliveries(conversation).findLast(({ target }) => target.seq === entry.seq && sameFeed(target.inc, entry.incarnation))
    );
  }

  /** In the order in which they were written. */
  bodies(conversation: Conversation, kind?: number, sinceRow = 0): { row: number; kind: number; body: Cbor | undefined }[] {
    const query = "select row, kind from entry where conversation = ? and row > ? order by row";
    const rows = this.core.sql.all<{ row: number; kind: number }>(query, conversation.row, sinceRow);
    return rows.filter((row) => kind === undefined || row.kind === kind).map((row) => ({ ...row, body: this.core.body(row.row) }));
  }

  async dispose(): Promise<void> {
    if (!this.sql.dead) {
      const stopped = this.host.stop();
      await this.clock.advance(4_000);
      await stopped;
      this.core.close();
    } else this.crash();
    this.#phone?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sameFeed(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
