import { countersignAdd, createGenesis, draftAdd, finishAdd } from "../../src/sync/account/author.ts";
import type { DeviceClass } from "../../src/sync/account/state.ts";
import { issueCertificate } from "../../src/sync/account/certificate.ts";
import { createSeedSigner } from "../../src/sync/crypto/seed-signer.ts";
import { createSodiumCrypto } from "../../src/sync/crypto/sodium.ts";
import { KIND } from "../../src/sync/content/kinds.ts";
import { authoring } from "../../src/device/revocation.ts";
import { sameBytes } from "../../src/sync/encoding/bytes.ts";
import type { Link } from "../../src/sync/ports.ts";
import type { RenewalLimits } from "../../src/sync/session/carrier.ts";
import { SimDevice, type Surroundings } from "./sim-device.ts";
import { SimConnection, type Weather } from "./sim-link.ts";
import { Chance, World } from "./world.ts";

const YEAR = 365 * 24 * 3600 * 1000;

/** One person's devices and the connections among them. */
export class SimNetwork {
  readonly devices: SimDevice[] = [];
  /** Sees every frame that anyone sends. */
  tap: (frame: Uint8Array, from: SimDevice, to: SimDevice) => void = () => undefined;
  /** What this one says on new connections is lost. */
  deaf: SimDevice | undefined;
  readonly weather: Weather = { delay: 20, mangle: 0 };
  readonly #surroundings: Surroundings;
  readonly #parted = new Set<string>();
  readonly #connections = new Map<string, SimConnection[]>();

  static async create(seed: number, names: readonly string[], renewal: Partial<RenewalLimits> = {}): Promise<SimNetwork> {
    const parts = { world: new World(), chance: new Chance(seed), crypto: await createSodiumCrypto(), renewal };
    const network: SimNetwork = new SimNetwork({ ...parts, redial: (from, transport) => network.#redial(from, transport) });
    for (const name of names) await network.join(name);
    return network;
  }

  private constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get world(): World {
    return this.#surroundings.world;
  }
  get chance(): Chance {
    return this.#surroundings.chance;
  }

  /** Dials, as the transport would: whoever does not know the other's transport key refuses the connection. */
  connect(from: SimDevice, to: SimDevice): void {
    const known = this.#between(from, to);
    if (known.some(({ open, silent }) => open && !silent)) return;
    for (const connection of known) connection.cut();
    if (!from.running || !to.running || this.isParted(from, to)) return;
    const connection = this.#open(from, to);
    from.sessions.add(connection.ends[0]);
    to.sessions.add(connection.ends[1]);
  }

  connectAll(): void {
    for (const from of this.devices) for (const to of this.devices) if (from.name < to.name) this.connect(from, to);
  }

  connections(): SimConnection[] {
    return [...this.#connections.values()].flat().filter(({ open }) => open);
  }

  /** The two cannot reach each other until `heal`. */
  part(a: SimDevice, b: SimDevice): void {
    this.#parted.add(pairOf(a, b));
    for (const connection of this.#between(a, b)) connection.cut();
  }

  isParted(a: SimDevice, b: SimDevice): boolean {
    return this.#parted.has(pairOf(a, b));
  }

  heal(): void {
    this.#parted.clear();
  }

  die(device: SimDevice): void {
    device.die();
    for (const [key, connections] of this.#connections)
      if (key.split("-").includes(device.name)) for (const connection of connections) connection.cut();
  }

  /** A connection that only the listening side knows of; the test speaks for the other. */
  dial(from: SimDevice, to: SimDevice): Link {
    const connection = this.#open(from, to);
    to.sessions.add(connection.ends[1]);
    return connection.ends[0];
  }

  /** As anyone may dial who has a transport key of their own. */
  dialAs(transport: Uint8Array, to: SimDevice): Link {
    const connection = new SimConnection(this.world, this.chance, this.weather, transport, to.transport);
    to.sessions.add(connection.ends[1]);
    return connection.ends[0];
  }

  /** F1: one more connection, while the one before it still goes. */
  #redial(from: SimDevice, transport: Uint8Array): Promise<Link> {
    const to = this.devices.find((device) => sameBytes(device.transport, transport));
    if (!to?.running || !from.running || this.isParted(from, to)) return Promise.reject(new Error("it cannot be reached"));
    return Promise.resolve(this.dial(from, to));
  }

  #open(from: SimDevice, to: SimDevice): SimConnection {
    const connection = new SimConnection(this.world, this.chance, this.weather, from.transport, to.transport, (frame, outbound) => {
      if (outbound) this.tap(frame, from, to);
      else this.tap(frame, to, from);
    });
    const key = pairOf(from, to);
    if (from === this.deaf) connection.fallSilent(0);
    if (to === this.deaf) connection.fallSilent(1);
    this.#connections.set(key, [...this.#between(from, to).filter(({ open }) => open), connection]);
    return connection;
  }

  #between(a: SimDevice, b: SimDevice): SimConnection[] {
    return this.#connections.get(pairOf(a, b)) ?? [];
  }

  /** Everything is set right but the broken device: all run, clocks are right, nothing is parted. */
  mend(broken?: SimDevice): void {
    this.weather.mangle = 0;
    this.heal();
    for (const connection of this.connections()) if (connection.silent) connection.cut();
    for (const device of this.devices) if (device !== broken) this.#mend(device);
    if (broken) this.#breakForGood(broken);
  }

  #mend(device: SimDevice): void {
    device.clock.skew = 0;
    device.sql.crashAfter = undefined;
    if (device.running && device.sql.dead) this.die(device);
    if (!device.running) device.restart();
  }

  /** Off, alone, or there with a wrong clock and a link that swallows half of what is said. */
  #breakForGood(broken: SimDevice): void {
    const how = this.chance.below(3);
    if (how === 0 && broken.running) this.die(broken);
    if (how === 1) for (const other of this.devices) if (other !== broken) this.part(broken, other);
    if (how !== 2) return;
    broken.clock.skew = -3 * 24 * 3_600_000;
    this.deaf = broken;
  }

  /** A device joins, admitted by the first; the codes and words of linking have tests of their own. */
  async join(name: string, deviceClass: DeviceClass = "full"): Promise<void> {
    const { crypto, chance, world } = this.#surroundings;
    const seed = chance.bytes(32);
    const signer = createSeedSigner(crypto, seed);
    const transport = crypto.signKeypair(chance.bytes(32)).publicKey;
    const certificate = await issueCertificate(signer, { transport, epoch: 1, expires: world.now + YEAR });
    const device = new SimDevice(this.#surroundings, name, { seed, transport, certificate });
    const sponsor = this.devices[0];
    if (!sponsor) device.start([(await createGenesis(crypto, chance, signer, { recovery: null })).op]);
    else {
      const draft = draftAdd(authoring(sponsor.device), signer.publicKey, deviceClass);
      const consent = await countersignAdd(crypto, signer, sponsor.device.account.account, draft.signedPart);
      await finishAdd(authoring(sponsor.device), draft, consent);
      device.start(sponsor.device.ops.all());
    }
    this.devices.push(device);
    this.#introduce(device);
  }

  /** As linking does: the sponsor and the new device have each other's certificates, and the log tells the rest. */
  #introduce(device: SimDevice): void {
    const record = { device: device.key, name: device.name, addresses: [], certificate: device.certificate };
    device.device.transact((writer) => {
      for (const other of this.devices)
        device.device.records.put(
          { ...record, device: other.key, name: other.name, certificate: other.certificate },
          { ms: 1, n: 0 },
          writer.now(),
        );
    });
    const [sponsor] = this.devices as [SimDevice];
    sponsor.device.transact((writer) => writer.append(sponsor.device.ownLog.row, KIND.device, record));
  }
}

function pairOf(a: SimDevice, b: SimDevice): string {
  return [a.name, b.name].sort().join("-");
}
