import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceRow, LinkEvent } from "../../src/api/device.ts";
import type { WatchEvent } from "../../src/api/messages.ts";
import type { Status } from "../../src/api/status.ts";
import { freePorts } from "../servers/ports.ts";
import { bwrapPath } from "../servers/provision.ts";
import { Unavailable } from "../servers/unavailable.ts";
import { BIN, CliProcess, type Ended, PATIENCE } from "./cli-process.ts";

export { CliProcess, type Ended } from "./cli-process.ts";

/** First line of `start --json`. */
export interface Ready {
  event: "ready";
  account: string;
  device: string;
  addresses: string[];
  url: string | null;
  locked: boolean;
}

/** How a command refused. */
export interface Refusal {
  exit: number | null;
  code: string;
  message: string;
  stdout: string;
}

export interface RunOptions {
  input?: string;
  env?: Record<string, string>;
}

/** A temporary folder for the machines of one test, and nothing of the tester's own environment. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #machines: Homeport[] = [];
  readonly #deferred: Disposable[] = [];

  constructor(bwrap: string | undefined) {
    this.folder = mkdtempSync(join(tmpdir(), "homeport-e2e-"));
    mkdirSync(join(this.folder, "home"));
    this.env = {
      PATH: [dirname(process.execPath), "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(delimiter),
      HOME: join(this.folder, "home"),
      LC_ALL: "C.UTF-8",
      ...(bwrap === undefined ? {} : { HOMEPORT_BWRAP: bwrap }),
    };
  }

  /** A data folder below this one; nothing is made yet. Its device listens on a port of its own. */
  async machine(name: string, data = join(this.folder, name), listen?: string): Promise<Homeport> {
    const [port] = listen === undefined ? await freePorts(1) : [];
    const machine = new Homeport(this, name, data, listen ?? `/ip4/127.0.0.1/tcp/${port}`);
    this.#machines.push(machine);
    return machine;
  }

  /** To be disposed of when the machines have ended, and before the folder goes. */
  use<T extends Disposable>(what: T): T {
    this.#deferred.push(what);
    return what;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine[Symbol.asyncDispose]()));
    for (const one of this.#deferred) one[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function world(): Promise<World> {
  return new World(await sandbox());
}

/** One data folder, and the command line on it. */
export class Homeport implements AsyncDisposable {
  readonly world: World;
  readonly name: string;
  readonly data: string;
  /** Where its daemon listens, the same at each start. */
  readonly listen: string;
  #daemon: CliProcess | undefined;
  #device: string | undefined;
  readonly #streams: CliProcess[] = [];
  /** Of its processes, over those of the world. */
  env: Readonly<Record<string, string>> = {};
  /** Goes ahead of its command line, e.g. to run it in a network of its own. */
  prefix: readonly string[] = [];

  constructor(owner: World, name: string, data: string, listen: string) {
    this.world = owner;
    this.name = name;
    this.data = data;
    this.listen = listen;
  }

  /** A command with `--json`, as a process that goes on. */
  stream(args: readonly string[], { input, env = {} }: RunOptions = {}): CliProcess {
    const command = this.prefix.length > 0 ? { command: [...this.prefix, process.execPath, BIN] } : {};
    const stream = new CliProcess([...args, "--data", this.data, "--json"], {
      env: { ...this.world.env, ...this.env, ...env },
      input,
      ...command,
    });
    this.#streams.push(stream);
    return stream;
  }

  /** A command with `--json`, to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.stream(args, options).ended;
  }

  /** A command for people, to its end. */
  async plainly(...args: string[]): Promise<Ended> {
    return new CliProcess([...args, "--data", this.data], { env: this.world.env }).ended;
  }

  /** The JSON values, one a line, of a command that succeeds. */
  async rows<T>(...args: string[]): Promise<T[]> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`homeport ${args.join(" ")} on ${this.name}: exit ${String(code)}, ${stderr || stdout}`);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as T]));
  }

  /** The one JSON value of a command that succeeds. */
  async json<T>(...args: string[]): Promise<T> {
    const values = await this.rows<T>(...args);
    if (values.length !== 1) throw new Error(`homeport ${args.join(" ")} printed ${values.length} values`);
    return values[0] as T;
  }

  /** What a command says that fails: one object on stderr. */
  async refusal(...args: string[]): Promise<Refusal> {
    return refusalOf(await this.run(args), `homeport ${args.join(" ")}`);
  }

  async init(...options: string[]): Promise<{ account: string; device: string; fingerprint: string }> {
    return this.json("init", "--no-recovery", "--name", this.name, ...options);
  }

  /** Resolves when it is ready. */
  async start(...options: string[]): Promise<Ready> {
    const http = options.includes("--http") ? [] : ["--http", "off"];
    const defaults = [...http, "--no-mdns", ...(options.includes("--listen") ? [] : ["--listen", this.listen])];
    const daemon = this.stream(["start", ...defaults, ...options]);
    this.#daemon = daemon;
    const ready = await daemon.until<Ready>("first line", () => true);
    this.#device = ready.device;
    return ready;
  }

  /** Id of its device, known after its first start. */
  get device(): string {
    if (this.#device === undefined) throw new Error(`${this.name} was not started yet`);
    return this.#device;
  }

  get daemon(): CliProcess {
    if (!this.#daemon) throw new Error(`${this.name} was not started`);
    return this.#daemon;
  }

  get isRunning(): boolean {
    return this.#daemon?.isRunning === true;
  }

  /** SIGTERM; resolves with the milliseconds that it took. */
  async stop(): Promise<number> {
    return this.daemon.stop();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.daemon.kill();
  }

  /** Resolves when it prints events; they go on after `after`, or begin now. */
  async watch({ after, conversation }: { after?: string; conversation?: string } = {}): Promise<CliProcess> {
    const stream = this.stream([
      "watch",
      ...(conversation === undefined ? [] : [conversation]),
      ...(after === undefined ? [] : ["--after", after]),
    ]);
    await stream.until<WatchEvent>("first line", ({ event }) => event === "ready");
    return stream;
  }

  /** What it knows of a device of this name. */
  async knows(name: string): Promise<DeviceRow | undefined> {
    return (await this.json<DeviceRow[]>("device", "list")).find((row) => row.name === name);
  }

  /** Resolves when it is connected to the other device, or is not any more. */
  async untilConnected(other: Homeport, connected = true): Promise<void> {
    const look = async () => (await this.json<Status>("status")).peers.some(({ device }) => device === other.device);
    const what = `${this.name} ${connected ? "connected to" : "disconnected from"} ${other.name}`;
    await eventually(what, async () => (await look()) === connected || undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The daemon last and in order, so that what it started ends too.
    for (const stream of this.#streams.filter((one) => one !== this.#daemon)) await stream.kill();
    if (this.isRunning) await this.stop();
  }
}

/** The one object on stderr, after the daemon's log where `start` had one. */
export function refusalOf({ code, stdout, stderr }: Ended, what: string): Refusal {
  if (code === 0) throw new Error(`${what} did not fail: ${stdout}`);
  const lines = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  const errors = lines.filter((line) => !("level" in line));
  if (errors.length !== 1) throw new Error(`${what} said more than one thing:\n${stderr}`);
  return { ...(errors[0] as { code: string; message: string }), exit: code, stdout };
}

/** Both daemons have to be stopped, or only `sponsor` to be running: `joiner` is linked, and not started. */
export async function link(sponsor: Homeport, joiner: Homeport, ...options: string[]): Promise<{ account: string; device: string }> {
  const sponsoring = sponsor.stream(["device", "link", "--yes"]);
  const { link: text } = await sponsoring.until<LinkEvent & { event: "link" }>("link", ({ event }) => event === "link");
  const events = await joiner.rows<{ event: string; account: string; device: string }>(
    "device",
    "join",
    text,
    "--name",
    joiner.name,
    ...options,
  );
  const linked = events.find(({ event }) => event === "linked");
  const { code, stderr } = await sponsoring.ended;
  if (!linked || code !== 0) throw new Error(`${joiner.name} was not linked: ${stderr}`);
  return { account: linked.account, device: linked.device };
}

export interface Pair {
  home: Homeport;
  phone: Homeport;
}

/** Two devices of one person, started and connected. */
export async function pair(owner: World): Promise<Pair> {
  const home = await owner.machine("home");
  const phone = await owner.machine("phone");
  await home.init();
  await home.start();
  await link(home, phone);
  await phone.start();
  await phone.untilConnected(home);
  return { home, phone };
}

/** Looks again and again until there is something; each look may be a command, and so leaves the machine some air. */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE} ms`);
    await sleep(150);
  }
}

async function sandbox(): Promise<string | undefined> {
  try {
    return await bwrapPath();
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}
