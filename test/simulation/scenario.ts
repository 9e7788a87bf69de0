import { toHex } from "../../src/sync/encoding/bytes.ts";
import { Crash } from "./crashing-sql.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";

const NAMES = ["home", "phone", "laptop", "tablet"];
const STEPS = 60;
/** F1, as short as the steps of a scenario are: links are renewed all the time, and in the middle of everything. */
const RENEWAL = { after: 8000, spread: 6000, bytes: 20_000, retry: 3000, attempts: 4 };

/** What one seeded run found wrong; empty for a good one. */
export async function runScenario(seed: number, watch: (network: SimNetwork) => void = () => undefined): Promise<string[]> {
  const network = await SimNetwork.create(seed, NAMES.slice(0, 2 + (seed % 3)), RENEWAL);
  const scenario = new Scenario(network, seed);
  for (let step = 0; step < STEPS; step++) await scenario.step();
  await network.quiesce();
  watch(network);
  return scenario.violations();
}

class Scenario {
  readonly #network: SimNetwork;
  readonly #seed: number;
  #written = 0;
  /** Older disks, to go back to. */
  readonly #images = new Map<string, { image: Buffer; committed: Set<string> }>();
  /** Every place of every feed that any device ever signed for, and what it signed. */
  readonly #places = new Map<string, string>();
  readonly #wrong: string[] = [];

  constructor(network: SimNetwork, seed: number) {
    this.#network = network;
    this.#seed = seed;
  }

  async step(): Promise<void> {
    const { chance, world, devices, weather } = this.#network;
    const device = chance.pick(devices);
    weather.delay = chance.pick([0, 5, 50, 2000]);
    weather.mangle = chance.pick([0, 0, 0.2]);
    const act = chance.below(14);
    if (act < 4) this.#write(device);
    else if (act < 6) this.#ingest(device);
    else if (act < 8) this.#connect();
    else if (act === 8) for (const connection of this.#network.connections()) if (chance.yes(0.5)) connection.cut();
    if (act === 9) for (const connection of this.#network.connections()) if (chance.yes(0.3)) connection.silent = true;
    if (act === 10) device.clock.skew = chance.pick([0, 1000, -60_000, 4 * 60_000, 20 * 60_000, -3 * 24 * 3_600_000]);
    if (act === 11 && device.running) device.sql.crashAfter = chance.below(120);
    if (act === 12) this.#powerCycle(device);
    if (act === 13) this.#images.set(device.name, { image: device.sql.image(), committed: new Set(device.committed) });
    await this.#run(chance.pick([0, 10, 500, 5000, 70_000]));
    this.#revive();
    this.#witness();
    void world;
  }

  violations(): string[] {
    const { devices } = this.#network;
    const [first] = devices as [SimDevice];
    const reference = viewText(first);
    for (const device of devices) {
      if (viewText(device) !== reference)
        this.#complain(`${device.name} and ${first.name} do not agree\n${difference(viewText(device), reference)}`);
      const seen = device.texts();
      if (new Set(seen).size !== seen.length) this.#complain(`${device.name} shows something twice`);
      for (const text of device.committed) if (!seen.includes(text)) this.#complain(`${device.name} lost ${text}`);
      const repeated = device.sql.get<{ n: number }>("select count(*) as n from witness where times > 1")?.n ?? 0;
      if (repeated > 0) this.#complain(`${device.name} handed ${repeated} entries on more than once`);
      const frozen = device.sql.get<{ n: number }>("select count(*) as n from feed where frozen_at is not null")?.n ?? 0;
      if (frozen > 0) this.#complain(`${device.name} froze ${frozen} feeds of honest devices`);
      const waiting = device.sql.get<{ n: number }>("select count(*) as n from feed where integrated < head_seq")?.n ?? 0;
      if (waiting > 0) this.#complain(`${device.name} has ${waiting} feeds that wait`);
    }
    this.#witness();
    return this.#wrong;
  }

  /** A device that dies while it takes a connection is found dead afterwards. */
  #connect(): void {
    try {
      this.#network.connectAll();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  #write(device: SimDevice): void {
    this.#attempt(device, () => device.write(`${this.#seed}/${device.name}/${this.#written++}`));
  }

  #ingest(device: SimDevice): void {
    const { chance } = this.#network;
    const many = chance.pick([1, 3, 40]);
    const texts = Array.from({ length: many }, () => `${this.#seed}/${device.name}/line ${this.#written++}`);
    this.#attempt(device, () => device.ingest(chance.pick(["#a", "#b", "#c"]), texts));
  }

  #attempt(device: SimDevice, act: () => void): void {
    if (!device.running) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#network.die(device);
    }
  }

  /** Time goes by; a crash in whatever happens then ends that device. */
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
    for (const device of devices) if (device.running && device.sql.dead) this.#network.die(device);
  }

  #powerCycle(device: SimDevice): void {
    const { chance } = this.#network;
    if (device.running) this.#network.die(device);
    const older = this.#images.get(device.name);
    if (older && chance.yes(0.3)) {
      device.committed = new Set(older.committed);
      device.restart(older.image);
    } else device.restart();
  }

  #revive(): void {
    const { chance, devices } = this.#network;
    for (const device of devices) if (!device.running && chance.yes(0.5)) device.restart();
  }

  /** No sequence number is used twice, whatever the moment of a crash. */
  #witness(): void {
    for (const device of this.#network.devices) {
      if (!device.running || device.sql.dead) continue;
      const crashAfter = device.sql.crashAfter;
      device.sql.crashAfter = undefined;
      const rows = device.sql.all<{ device: Uint8Array; incarnation: Uint8Array; conversation: number; seq: number; hash: Uint8Array }>(
        "select f.device, f.incarnation, f.conversation, e.seq, e.hash from entry e join feed f on f.row = e.feed where e.row > (select max(row) - 60 from entry)",
      );
      for (const row of rows) {
        const id = device.device.conversation(row.conversation)?.id ?? new Uint8Array();
        const place = [toHex(id), toHex(row.device), toHex(row.incarnation), row.seq].join("/");
        const hash = toHex(row.hash);
        if ((this.#places.get(place) ?? hash) !== hash) this.#complain(`two entries at ${place}`);
        this.#places.set(place, hash);
      }
      device.sql.crashAfter = crashAfter;
    }
  }

  #complain(what: string): void {
    if (this.#wrong.length < 10) this.#wrong.push(what);
  }
}

function viewText(device: SimDevice): string {
  return [...device.view()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([conversation, lines]) => [conversation.slice(0, 8), ...lines].join("\n"))
    .join("\n");
}

function difference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const at = left.findIndex((line, i) => line !== right[i]);
  return `at line ${at} of ${left.length}/${right.length}: ${left[at]} / ${right[at]}`;
}
