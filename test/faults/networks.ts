import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Machines in networks of their own, with a router between them that can be told to lose what one sends to another. */
export class Networks implements Disposable {
  readonly #id = randomBytes(2).toString("hex");
  readonly #names: string[] = [];
  readonly #blocked = new Set<string>();

  /** Throws where this machine does not let make network namespaces. */
  constructor(machines: number) {
    this.#make(this.#hub);
    ip("netns", "exec", this.#hub, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    for (let n = 1; n <= machines; n++) this.#connect(n);
  }

  /** From 1. Goes ahead of a command. */
  inside(machine: number): string[] {
    return ["ip", "netns", "exec", this.#machine(machine)];
  }

  address(machine: number): string {
    return `10.99.${machine}.2`;
  }

  /** What `from` sends to `to` is lost, and nobody is told. */
  block(from: number, to: number): void {
    if (!this.#blocked.has(`${from}>${to}`)) ip(...this.#rule("add", from, to));
    this.#blocked.add(`${from}>${to}`);
  }

  part(a: number, b: number): void {
    this.block(a, b);
    this.block(b, a);
  }

  heal(): void {
    for (const pair of this.#blocked) {
      const [from, to] = pair.split(">").map(Number) as [number, number];
      ip(...this.#rule("del", from, to));
    }
    this.#blocked.clear();
  }

  /** So many of a hundred packets to each machine are lost. False where the kernel cannot do it. */
  lose(percent: number): boolean {
    try {
      for (let n = 1; n <= this.#names.length - 1; n++) {
        const device = ["dev", this.#port(n), "root", "netem", "loss", `${percent}%`, "delay", "20ms", "10ms"];
        execFileSync("tc", ["-n", this.#hub, "qdisc", percent > 0 ? "replace" : "del", ...(percent > 0 ? device : device.slice(0, 3))], {
          stdio: ["ignore", "ignore", "pipe"],
        });
      }
      return true;
    } catch {
      // Without the module, losses are made by blocking for moments.
      return false;
    }
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) ip("netns", "del", name);
  }

  get #hub(): string {
    return `hp${this.#id}hub`;
  }

  #machine(n: number): string {
    return `hp${this.#id}m${n}`;
  }

  #port(n: number): string {
    return `h${this.#id}p${n}`;
  }

  #rule(what: "add" | "del", from: number, to: number): string[] {
    return ["-n", this.#hub, "rule", what, "from", `10.99.${from}.0/24`, "to", `10.99.${to}.0/24`, "blackhole"];
  }

  #make(name: string): void {
    ip("netns", "add", name);
    this.#names.push(name);
    ip("-n", name, "link", "set", "lo", "up");
  }

  #connect(n: number): void {
    this.#make(this.#machine(n));
    ip("-n", this.#hub, "link", "add", this.#port(n), "type", "veth", "peer", "name", "eth0", "netns", this.#machine(n));
    ip("-n", this.#hub, "addr", "add", `10.99.${n}.1/24`, "dev", this.#port(n));
    ip("-n", this.#hub, "link", "set", this.#port(n), "up");
    ip("-n", this.#machine(n), "addr", "add", `${this.address(n)}/24`, "dev", "eth0");
    ip("-n", this.#machine(n), "link", "set", "eth0", "up");
    ip("-n", this.#machine(n), "route", "add", "default", "via", `10.99.${n}.1`);
  }
}
