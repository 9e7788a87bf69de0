import { randomBytes } from "node:crypto";
import type { FileRef } from "../../../src/sync/content/file.ts";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { StoredEntry } from "../../../src/sync/core.ts";
import { sameBytes } from "../../../src/sync/encoding/bytes.ts";
import { Files } from "../../../src/sync/files/files.ts";
import { decodeFileFrame, encodeFileFrame, type FileFrame } from "../../../src/sync/files/frames.ts";
import type { FilePeers } from "../../../src/sync/files/peers.ts";
import { refAt } from "../../../src/sync/files/table.ts";
import type { Link } from "../../../src/sync/ports.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimConnection } from "../../simulation/sim-link.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";
import { MemoryBlobs } from "./memory-blobs.ts";

export interface Machine {
  sim: SimDevice;
  disk: MemoryBlobs;
  files: Files;
  /** Chunks that it was asked for, by the name of the asker. */
  asked: Map<string, number>;
}

export interface RigOptions {
  quota?: number;
  autoFetch?: number;
}

/** One person's devices with files, in simulated time. */
export class Rig {
  readonly network: SimNetwork;
  readonly machines: Machine[] = [];
  /** What becomes of a link: what comes from that device passes through it. */
  change: ((link: Link, from: SimDevice) => Link) | undefined;
  readonly #options: RigOptions;
  readonly #connections: SimConnection[] = [];

  static async create(names: readonly string[], options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(await SimNetwork.create(5, names), options);
    for (const sim of rig.network.devices) await rig.start(sim);
    // Those that joined later learn of each other from the first: only then do they talk.
    for (let round = 0; round < 2; round++) {
      rig.network.connectAll();
      await rig.run(1000);
    }
    return rig;
  }

  private constructor(network: SimNetwork, options: RigOptions) {
    this.network = network;
    this.#options = options;
  }

  run(ms: number): Promise<void> {
    return this.network.world.run(ms);
  }

  /** Opens the files of a device that runs, over the disk that it had. */
  async start(sim: SimDevice): Promise<Machine> {
    const known = this.machines.find((machine) => machine.sim === sim);
    const disk = known?.disk ?? new MemoryBlobs();
    const peers: FilePeers = {
      online: () => sim.sessions.all().map(({ peer }) => peer.device),
      changes: sim.sessions.peersChanged,
      reach: (device) => {
        const other = this.machines.find((machine) => sameBytes(machine.sim.key, device));
        if (other) this.connect(sim, other.sim);
      },
    };
    const { quota = 2 ** 40, autoFetch = 10 * 2 ** 20 } = this.#options;
    const files = await Files.open({ device: sim.device, projection: sim.files, blobs: disk, peers, quota, autoFetch });
    const machine = Object.assign(known ?? { sim, disk, asked: new Map<string, number>() }, { files });
    if (!known) this.machines.push(machine);
    return machine;
  }

  connect(from: SimDevice, to: SimDevice): void {
    const connection = new SimConnection(this.network.world, this.network.chance, this.network.weather, from.transport, to.transport);
    this.#connections.push(connection);
    const [near, far] = connection.ends;
    this.#give(from, to.name, near);
    this.#give(to, from.name, far);
  }

  #give(to: SimDevice, asker: string, link: Link): void {
    const machine = this.machines.find(({ sim }) => sim === to);
    const from = this.network.devices.find(({ name }) => name === asker) as SimDevice;
    machine?.files.add(counted(this.change?.(link, from) ?? link, () => machine.asked.set(asker, (machine.asked.get(asker) ?? 0) + 1)));
  }

  cutFileLinks(): void {
    for (const connection of this.#connections.splice(0)) connection.cut();
  }

  /** A link of somebody's own making to a machine. */
  dial(to: Machine, transport: Uint8Array): Probe {
    const connection = new SimConnection(this.network.world, this.network.chance, this.network.weather, transport, to.sim.transport);
    to.files.add(connection.ends[1]);
    return new Probe(connection.ends[0]);
  }
}

/** What a peer says that keeps to no rule. */
export class Probe {
  readonly answers: FileFrame[] = [];
  closed = false;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
    link.start({
      frame: (bytes) => void this.answers.push(decodeFileFrame(bytes)),
      closed: () => {
        this.closed = true;
      },
    });
  }

  say(frame: FileFrame | Uint8Array): void {
    this.#link.send(frame instanceof Uint8Array ? frame : encodeFileFrame(frame)).catch(() => undefined);
  }
}

function counted(link: Link, ask: () => void): Link {
  return {
    peer: link.peer,
    outbound: link.outbound,
    address: link.address,
    send: (frame) => link.send(frame),
    close: () => link.close(),
    start: ({ frame, closed }) =>
      link.start({
        closed,
        frame: (bytes) => {
          if (decodeFileFrame(bytes).type === "get") ask();
          return frame(bytes);
        },
      }),
  };
}

export const content = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

export interface SentFile {
  entry: StoredEntry;
  root: Uint8Array;
  key: Uint8Array;
  size: number;
}

export async function sendFile(rig: Rig, { sim, files }: Machine, bytes: Uint8Array, name = "file"): Promise<SentFile> {
  const { device } = sim;
  const importing = files.import(inPieces(bytes), bytes.length, () => undefined);
  await rig.run(10);
  const imported = await importing;
  const { root, key, size } = imported;
  const ref: FileRef = { root, key, size, name, mime: "application/octet-stream" };
  const entry = device.transact((writer) => {
    const stored = writer.append(device.ownLog.row, KIND.text, { text: "", style: "text", files: [ref] });
    files.keep(writer, imported);
    return stored;
  });
  return { entry, root, key, size };
}

export const rowOf = ({ files }: Machine, { root }: { root: Uint8Array }): number => files.byRoot(root)?.row ?? -1;

export const stateOf = (machine: Machine, sent: { root: Uint8Array }): string => machine.files.progressOf(rowOf(machine, sent)).state;

export async function readFile(machine: Machine, sent: { root: Uint8Array }): Promise<Uint8Array> {
  const { device } = machine.sim;
  const row = rowOf(machine, sent);
  const place = device.sql.get<{ entry: number; n: number }>("select entry, n from file_ref where file = ?", row);
  const ref = place && refAt(device, place);
  if (!ref) throw new Error("no entry names it");
  const parts: Uint8Array[] = [];
  for await (const part of machine.files.read(row, ref)) parts.push(part.slice());
  return new Uint8Array(Buffer.concat(parts));
}
