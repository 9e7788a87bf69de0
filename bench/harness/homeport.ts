import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bwrapPath } from "../../test/servers/provision.ts";

const BIN = join(import.meta.dirname, "..", "..", "bin", "homeport.js");

/** A device of its own: a data folder and a daemon, as a person would run it. */
export class BenchDevice implements AsyncDisposable {
  readonly data: string;
  /** Milliseconds from the start of the process to `ready`. */
  startMs = 0;
  #daemon: ChildProcess | undefined;
  readonly #streams = new Set<ChildProcess>();

  private constructor(data: string) {
    this.data = data;
  }

  static async create(): Promise<BenchDevice> {
    return new BenchDevice(await mkdtemp(join(tmpdir(), "homeport-bench-")));
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  async start(): Promise<void> {
    const begun = performance.now();
    this.#daemon = await this.#spawn(["start", "--http", "off", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--log-level", "error"]);
    await firstLine(this.#daemon, "ready");
    this.startMs = performance.now() - begun;
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon || daemon.exitCode !== null) return;
    daemon.kill("SIGTERM");
    await once(daemon, "exit");
  }

  /** One command; its JSON. */
  async run(...args: string[]): Promise<never> {
    const child = await this.#spawn(args);
    let out = "";
    child.stdout?.on("data", (chunk) => {
      out += chunk;
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`homeport ${args[0] ?? ""} ended with ${code ?? "a signal"}`);
    return JSON.parse(out) as never;
  }

  /** A command that streams; `line` is told the time at which each line was here. */
  async stream(args: string[], line: (value: never, at: number) => void): Promise<ChildProcess> {
    const child = await this.#spawn(args);
    this.#streams.add(child);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => line(JSON.parse(text) as never, now()));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#streams) if (child.exitCode === null) child.kill("SIGTERM");
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }

  async #spawn(args: string[]): Promise<ChildProcess> {
    const env = { ...process.env, HOMEPORT_BWRAP: await bwrapPath() };
    return spawn(process.execPath, [BIN, ...args, "--json", "--data", this.data], { env, stdio: ["ignore", "pipe", "inherit"] });
  }
}

/** Milliseconds since 1970, with fractions; comparable between processes of one machine. */
export const now = (): number => performance.timeOrigin + performance.now();

/** A home and a phone that is linked to it. Both run. */
export async function twoDevices() {
  const home = await BenchDevice.create();
  const phone = await BenchDevice.create();
  await home.run("init", "--name", "home", "--no-recovery");
  await home.start();
  await link(home, phone);
  await phone.start();
  return { home, phone };
}

/** The same, with an account on the server and a channel. */
export async function pair(server: { tlsPort: number; caFile: string }, channel: string) {
  const { home, phone } = await twoDevices();
  const { conversation } = await openChannel(home, server, channel);
  return { home, phone, conversation };
}

export async function openChannel(home: BenchDevice, server: { tlsPort: number; caFile: string }, channel: string) {
  const settings = ["host=127.0.0.1", `port=${server.tlsPort}`, "nick=homeport", `ca=@${server.caFile}`];
  const { account } = (await home.run("bridge", "add", "irc", "--set", ...settings, "--wait")) as { account: string };
  return { account, ...((await home.run("bridge", "open", account, channel, "--wait")) as { conversation: string }) };
}

async function link(home: BenchDevice, phone: BenchDevice): Promise<void> {
  const joined = Promise.withResolvers<void>();
  await home.stream(["device", "link", "--yes"], (event: { event: string; link?: string }) => {
    if (event.event === "link")
      phone
        .stream(["device", "join", event.link as string, "--name", "phone"], () => undefined)
        .then((child) => once(child, "exit"))
        .then(() => joined.resolve(), joined.reject);
  });
  await joined.promise;
}

function firstLine(child: ChildProcess, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on("line", (text) => {
      if ((JSON.parse(text) as { event: string }).event === event) resolve();
    });
    child.once("exit", (code) => reject(new Error(`homeport ended with ${code ?? "a signal"}`)));
  });
}
