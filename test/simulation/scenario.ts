import { revokeDevice } from "../../src/device/revocation.ts";
import { Agreement } from "./agreement.ts";
import { Crash } from "./crashing-sql.ts";
import { Sayings } from "./sayings.ts";
import type { SimDevice } from "./sim-device.ts";
import { SimNetwork } from "./sim-network.ts";
import { Witness } from "./witness.ts";

const NAMES = ["home", "phone", "laptop", "tablet"];
const STEPS = 60;
const MINUTE = 60_000;
/** F1, as short as the steps of a scenario are: links are renewed all the time, and in the middle of everything. */
const RENEWAL = { after: 8000, spread: 6000, bytes: 20_000, retry: 3000, attempts: 4 };
/** After healing all agree within this virtual time: what was written with a clock 20 minutes ahead becomes due, and some. */
const MINUTES_TO_AGREE = 25;
/** One device in so many runs stays broken to the end; one in so many is shut out for good in the middle. */
const LIVENESS = 3;
const REVOCATION = 4;

export interface Outcome {
  /** What was found wrong; empty for a good run. */
  violations: string[];
  /** Virtual milliseconds from healing to agreement. */
  healed: number;
}

/** One person's devices under everything that can happen to them; the same seed gives the same run. */
export async function runScenario(seed: number, watch: (network: SimNetwork) => void = () => undefined): Promise<Outcome> {
  const network = await SimNetwork.create(seed, NAMES.slice(0, 2 + (seed % 3)), RENEWAL);
  const scenario = new Scenario(network, seed);
  for (let step = 0; step < STEPS; step++) await scenario.step(step);
  const healed = await scenario.heal();
  watch(network);
  return { violations: scenario.violations(), healed };
}

class Scenario {
  readonly #network: SimNetwork;
  readonly #seed: number;
  readonly #witness: Witness;
  readonly #agreement: Agreement;
  readonly #sayings: Sayings;
  #written = 0;
  /** Older disks, to go back to. */
  readonly #images = new Map<string, { image: Buffer; committed: SimDevice["committed"]; held: Set<string> }>();
  /** This one is never healed. */
  readonly #broken: SimDevice | undefined;
  /** Shut out in the middle of it all. */
  #shutOut: SimDevice | undefined;

  constructor(network: SimNetwork, seed: number) {
    this.#network = network;
    this.#seed = seed;
    this.#witness = new Witness(network);
    this.#sayings = new Sayings(network);
    this.#agreement = new Agreement(this.#witness, this.#sayings);
    this.#broken = seed % LIVENESS === 0 && network.devices.length > 2 ? network.devices.at(-1) : undefined;
  }

  async step(step: number): Promise<void> {
    const { chance, devices, weather } = this.#network;
    const device = chance.pick(devices);
    weather.delay = chance.pick([0, 5, 50, 2000]);
    weather.mangle = chance.pick([0, 0, 0.2]);
    const act = chance.below(19);
    if (act < 4) this.#write(device);
    else if (act < 6) this.#ingest(device);
    else if (act < 8) this.#connect();
    else if (act === 8) for (const connection of this.#network.connections()) if (chance.yes(0.5)) connection.cut();
    if (act === 9) for (const connection of this.#network.connections()) if (chance.yes(0.3)) connection.fallSilent(chance.below(3));
    if (act === 10) device.clock.skew = chance.pick([0, 1000, -MINUTE, 4 * MINUTE, 20 * MINUTE, -3 * 24 * 60 * MINUTE]);
    if (act === 11 && device.running) device.sql.crashAfter = chance.below(120);
    if (act === 12) this.#powerCycle(device);
    if (act === 13) this.#remember(device);
    if (act === 14) this.#part();
    if (act === 15) this.#network.heal();
    if (act > 15) this.#attempt(device, () => this.#sayings.say(device, `${this.#seed}/${device.name}/${this.#written++}`));
    if (step === STEPS / 2 && this.#seed % REVOCATION === 1 && devices.length > 2) await this.#revoke(device);
    await this.#run(chance.pick([0, 10, 500, 5000, 70_000]));
    this.#revive();
    this.#witness.look();
  }

  /** Everything but the broken device is set right; until all that can agree do. */
  async heal(): Promise<number> {
    const { world } = this.#network;
    const start = world.now;
    this.#network.mend(this.#broken);
    for (let minute = 0; minute < MINUTES_TO_AGREE; minute++) {
      this.#network.connectAll();
      await this.#run(MINUTE);
      if (this.#agreement.isQuiet(this.#honest())) break;
    }
    return world.now - start;
  }

  violations(): string[] {
    this.#witness.look();
    return [...this.#witness.wrong, ...this.#agreement.violations(this.#honest(), this.#shutOut)];
  }

  #honest(): SimDevice[] {
    return this.#network.devices.filter((device) => device !== this.#broken && device !== this.#shutOut);
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

  /** By the most senior device, whose disk is sound in that moment; the one that is shut out goes on with what it has. */
  async #revoke(device: SimDevice): Promise<void> {
    const [senior] = this.#network.devices as [SimDevice];
    if (device === senior || device === this.#broken || !senior.running || senior.sql.dead) return;
    senior.sql.crashAfter = undefined;
    await this.#hide(senior, device);
    if (!senior.running || senior.sql.dead) return;
    this.#shutOut = device;
    this.#sayings.mayBeForgotten = true;
    this.#images.delete(senior.name);
    await revokeDevice(senior.device, device.key);
  }

  /** C1: begins a conversation of which the one that will shut it out does not hear, and others do. */
  async #hide(senior: SimDevice, device: SimDevice): Promise<void> {
    const { devices } = this.#network;
    for (const other of devices) if (other !== senior) this.#network.part(senior, other);
    const write = (by: SimDevice) => this.#attempt(by, () => by.ingest("#hidden", [`${this.#seed}/${by.name}/hidden ${this.#written++}`]));
    write(device);
    this.#connect();
    await this.#run(5000);
    for (const other of devices)
      if (other !== senior && other.running && !other.sql.dead && other.texts().some((text) => text.includes("/hidden "))) write(other);
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

  #part(): void {
    const { chance, devices } = this.#network;
    const [a, b] = [chance.pick(devices), chance.pick(devices)];
    if (a !== b) this.#network.part(a, b);
  }

  #remember(device: SimDevice): void {
    this.#witness.look();
    const held = new Set(this.#witness.heldBy(device));
    this.#images.set(device.name, { image: device.sql.image(), committed: new Map(device.committed), held });
  }

  /** B5: sometimes it comes back with an older disk. Not where one device stays away, which alone may hold what was lost. */
  #powerCycle(device: SimDevice): void {
    const { chance } = this.#network;
    this.#witness.look();
    if (device.running) this.#network.die(device);
    const older = this.#images.get(device.name);
    if (older && chance.yes(0.3) && !this.#broken) {
      device.committed = new Map(older.committed);
      this.#witness.setBack(device, older.held);
      this.#sayings.mayBeForgotten = true;
      device.restart(older.image);
    } else device.restart();
  }

  #revive(): void {
    const { chance, devices } = this.#network;
    for (const device of devices) if (!device.running && chance.yes(0.5)) device.restart();
  }
}
