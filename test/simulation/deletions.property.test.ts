import { expect, test } from "vitest";
import { revokeDevice } from "../../src/device/revocation.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { dropLate, keepLate } from "../../src/sync/cuts/late.ts";
import { deleteConversation, deleteEntries } from "../../src/sync/deletion/delete.ts";
import { toHex } from "../../src/sync/encoding/bytes.ts";
import { Crash } from "./crashing-sql.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

const SEEDS = Math.max(4, Math.round(Number(process.env["HOMEPORT_SEEDS"] ?? 200) / 5));
const FIRST = Number(process.env["HOMEPORT_FIRST_SEED"] ?? 1);
const STEPS = 50;
const LOST = "laptop";

/** Devices that write, delete, die, are set back and join late, over links that fail; one is lost and revoked on the way. */
class Deletions {
  readonly #network: SimNetwork;
  readonly #seed: number;
  readonly #deleted = new Set<string>();
  readonly #images = new Map<string, Buffer>();
  #written = 0;
  #revoked = false;

  constructor(network: SimNetwork, seed: number) {
    this.#network = network;
    this.#seed = seed;
  }

  get inAccount(): SimDevice[] {
    return this.#network.devices.filter(({ name }) => !this.#revoked || name !== LOST);
  }

  async step(n: number): Promise<void> {
    const { chance, devices, weather, world } = this.#network;
    const device = chance.pick(devices);
    weather.delay = chance.pick([0, 5, 50, 2000]);
    weather.mangle = chance.pick([0, 0, 0.2]);
    const act = chance.below(16);
    if (act < 4) this.#attempt(device, () => device.write(this.#text(device)));
    else if (act < 6) this.#attempt(device, () => device.ingest(chance.pick(["#a", "#b"]), [this.#text(device), this.#text(device)]));
    else if (act < 9) this.#attempt(this.#deleter(), (by) => this.#deleteOne(by));
    else if (act === 9 && chance.yes(0.4)) this.#attempt(this.#deleter(), (by) => this.#deleteChat(by));
    else if (act === 10) for (const connection of this.#network.connections()) if (chance.yes(0.5)) connection.cut();
    if (act === 11) this.#cycle(device);
    if (act === 12) this.#images.set(device.name, device.sql.image());
    if (act === 13 && device.running) device.sql.crashAfter = chance.below(200);
    if (act === 14 && this.#revoked) this.#attempt(chance.pick(this.inAccount), (by) => this.#decide(by));
    if (n === 25) await this.#revoke();
    if (n === 35) await this.#join();
    if (act !== 10) this.#connect();
    await this.#run(chance.pick([10, 500, 5000, 70_000]));
    for (const dead of devices) if (!dead.running && chance.yes(0.6)) dead.restart();
    void world;
  }

  async heal(): Promise<void> {
    const { devices, weather, world } = this.#network;
    weather.mangle = 0;
    for (const device of devices) {
      device.sql.crashAfter = undefined;
      if (device.running && device.sql.dead) this.#network.die(device);
      if (!device.running) device.restart();
    }
    for (let round = 0; round < 20; round++) {
      this.#connect();
      await world.run(60_000);
    }
  }

  /** What is wrong after everything has healed. */
  violations(): string[] {
    const wrong: string[] = [];
    const [first, ...others] = this.inAccount as [SimDevice, ...SimDevice[]];
    for (const device of [first, ...others]) {
      const bodies = this.#bodies(device);
      for (const text of this.#deleted) if (bodies.has(text)) wrong.push(`${device.name} still holds ${text}`);
      for (const [what, of] of Object.entries(AGREED))
        if (of(device) !== of(first))
          wrong.push(`${device.name} and ${first.name} differ in ${what}: ${difference(of(device), of(first))}`);
      const twice = device.sql.get<{ n: number }>("select count(*) as n from witness where times > 1")?.n ?? 0;
      if (twice > 0) wrong.push(`${device.name} handed ${twice} entries on more than once`);
    }
    return wrong;
  }

  #text(device: SimDevice): string {
    return `${this.#seed}/${device.name}/${this.#written++}`;
  }

  /** Not the lost one: what it deletes behind its cut is gone where it was heard, and stays elsewhere. */
  #deleter(): SimDevice {
    return this.#network.chance.pick(this.#network.devices.filter(({ name }) => name !== LOST));
  }

  #deleteOne(device: SimDevice): void {
    const rows = device.sql.all<{ row: number }>("select row from entry where shown = 1 and body is not null order by row desc limit 20");
    if (rows.length === 0) return;
    const { row } = this.#network.chance.pick(rows);
    const entry = device.device.entry(row);
    const text = (device.device.body(row) as { text?: string }).text ?? "";
    if (!entry) return;
    device.device.transact((writer) => deleteEntries(writer, [entry]));
    this.#deleted.add(text);
  }

  #deleteChat(device: SimDevice): void {
    const { chance } = this.#network;
    const conversation = chance.pick(device.device.conversations());
    const texts = this.#textsIn(device, conversation.row);
    const later = conversation.founding.kind === "self" ? "reopen" : chance.pick(["reopen", "block"] as const);
    device.device.transact((writer) => deleteConversation(writer, device.device.cuts, conversation, later));
    for (const text of texts) this.#deleted.add(text);
  }

  #decide(device: SimDevice): void {
    const { chance, devices } = this.#network;
    const lost = devices.find(({ name }) => name === LOST);
    if (lost) device.device.transact((writer) => (chance.yes(0.5) ? keepLate : dropLate)(device.device, writer, lost.key));
  }

  async #revoke(): Promise<void> {
    const [home] = this.#network.devices as [SimDevice];
    const lost = this.#network.devices.find(({ name }) => name === LOST);
    if (!lost || !home.running || home.sql.dead) return;
    home.sql.crashAfter = undefined;
    await revokeDevice(home.device, lost.key);
    this.#revoked = true;
  }

  async #join(): Promise<void> {
    const [home] = this.#network.devices as [SimDevice];
    if (home.running && !home.sql.dead && home.sql.crashAfter === undefined) await this.#network.join("tablet");
  }

  #textsIn(device: SimDevice, conversation: number): string[] {
    return device.sql
      .all<{ row: number }>("select row from entry where conversation = ? and shown = 1 and body is not null", conversation)
      .map(({ row }) => (device.device.body(row) as { text: string }).text);
  }

  #bodies(device: SimDevice): Set<string | undefined> {
    const rows = device.sql.all<{ row: number }>("select row from entry where body is not null and kind = ?", KIND.text);
    return new Set(rows.map(({ row }) => (device.device.body(row) as { text?: string }).text));
  }

  #cycle(device: SimDevice): void {
    if (device.running) this.#network.die(device);
    const older = this.#images.get(device.name);
    // What a set-back disk forgot before it was told to anyone was never deleted.
    if (older && this.#network.chance.yes(0.3) && this.#deleted.size === 0) device.restart(older);
    else device.restart();
  }

  #connect(): void {
    this.#guarded(() => this.#network.connectAll());
  }

  #attempt(device: SimDevice, act: (device: SimDevice) => void): void {
    if (!device.running) return;
    try {
      act(device);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#network.die(device);
    }
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  async #run(milliseconds: number): Promise<void> {
    const { world, devices } = this.#network;
    const end = world.now + milliseconds;
    while (world.now < end) {
      try {
        await world.run(end - world.now);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      for (const device of devices) if (device.running && device.sql.dead) this.#network.die(device);
    }
  }
}

function difference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const at = left.findIndex((line, i) => line !== right[i]);
  return `at ${at} of ${left.length}/${right.length}: ${left[at]} / ${right[at]}`;
}

const rows = (of: readonly unknown[]): string => of.map((row) => JSON.stringify(row)).join("\n");

/** What all devices of the account agree on, as text. */
const AGREED: Record<string, (device: SimDevice) => string> = {
  views: (device) =>
    [...device.view()]
      .filter(([, lines]) => lines.length > 0)
      .map(([conversation, lines]) => [conversation.slice(0, 8), ...lines].join("\n"))
      .sort()
      .join("\n"),
  tombstones: ({ sql }) =>
    rows([
      ...sql.all("select hex(conversation), hex(feed), hex(incarnation), first, last from tombstone_range order by 1, 2, 3, 4"),
      ...sql.all("select hex(conversation), before_ms, all_ms, all_n, blocked from tombstone_conversation order by 1"),
    ]),
  cuts: ({ sql, device }) =>
    rows(
      sql
        .all<{ conversation: number; device: Uint8Array; incarnation: Uint8Array; seq: number }>(
          "select conversation, device, incarnation, seq from cut",
        )
        .map((row) =>
          [toHex(device.conversation(row.conversation)?.id ?? row.device), toHex(row.device), toHex(row.incarnation), row.seq].join("/"),
        )
        .sort(),
    ),
  vectors: ({ device }) =>
    rows(
      device
        .conversations()
        .flatMap(({ row, id }) => device.vector(row).map((at) => [toHex(id), toHex(at.device), toHex(at.incarnation), at.seq].join("/")))
        .sort(),
    ),
};

test(`C1–C4, E1–E4: all devices agree on what is deleted and withdrawn, and nothing deleted comes back (${SEEDS} seeds)`, {
  timeout: 60_000 + SEEDS * 6000,
}, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const network = await SimNetwork.create(seed, ["home", "phone", LOST]);
    const run = new Deletions(network, seed);
    for (let n = 0; n < STEPS; n++) await run.step(n);
    await run.heal();
    expect(run.violations(), `seed ${seed}`).toEqual([]);
  }
});
