import { readFileSync } from "node:fs";
import type { Manifest } from "../../src/bridges/contract/index.ts";
import type { Isolation } from "../../src/bridges/host/process/index.ts";
import { type Certificates, certificates } from "./certs.ts";
import {
  CLOCK_OFFSETS,
  type Meeting,
  type MeetingOptions,
  type NetworkTraits,
  type NetworkUnderTest,
  type OtherPerson,
} from "./conformance/network.ts";
import type { Inspircd } from "./inspircd.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import type { Ngircd } from "./ngircd.ts";
import { type AccountUnderTest, InChild, type PluginUnderTest } from "./plugin-under-test.ts";
import { type TcpProxy, tcpProxy } from "./tcp-proxy.ts";

const ircManifest = JSON.parse(readFileSync(new URL("../../src/bridges/irc/manifest.json", import.meta.url), "utf8")) as Manifest;

const OFFSET_MODULES = new Map<number, string>([
  [CLOCK_OFFSETS.ahead, "test/servers/plugins/irc-clock-ahead.ts"],
  [CLOCK_OFFSETS.behind, "test/servers/plugins/irc-clock-behind.ts"],
]);

export interface IrcNetworkOptions {
  server: Inspircd | Ngircd;
  traits: NetworkTraits;
  isolation: Isolation;
  /** Of all accounts: the server's password. */
  password?: string | undefined;
}

/** An IRC server for the conformance suite; accounts reach it through a proxy that can be cut and stalled. */
export class IrcNetwork implements NetworkUnderTest {
  readonly traits: NetworkTraits;
  readonly #options: IrcNetworkOptions;
  readonly #proxy: TcpProxy;
  readonly #certificates: Certificates;
  #meetings = 0;

  constructor(options: IrcNetworkOptions, proxy: TcpProxy, all: Certificates) {
    this.traits = options.traits;
    this.#options = options;
    this.#proxy = proxy;
    this.#certificates = all;
  }

  async meet(options: MeetingOptions = {}): Promise<Meeting> {
    this.#meetings += 1;
    const { server, password } = this.#options;
    const room = `#Room${this.#meetings}`;
    const other = new Other({ port: server.port, password, nick: `bob${this.#meetings}`, room, account: `alice${this.#meetings}` });
    await other.comeBack();
    const plugin = this.#plugin(options);
    const dispose = async () => {
      await plugin[Symbol.asyncDispose]();
      await other.leave();
    };
    return { plugin, room, other, [Symbol.asyncDispose]: dispose };
  }

  kill(): Promise<void> {
    return this.#options.server.kill();
  }

  start(): Promise<void> {
    return this.#options.server.start();
  }

  cut(): void {
    this.#proxy.cut();
  }

  stall(on: boolean): void {
    this.#proxy.stall(on);
  }

  useCertificate(which: "right" | "renewed" | "wrong"): void {
    const { server, renewed, untrusted } = this.#certificates;
    this.#options.server.useCertificate({ right: server, renewed, wrong: untrusted }[which]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.#options.server[Symbol.asyncDispose]();
  }

  #plugin(options: MeetingOptions): PluginUnderTest {
    return new InChild(this.#account(options), this.#options.isolation);
  }

  #account({ allowUnverified = false, wrongPassword = false, clockOffset }: MeetingOptions): AccountUnderTest {
    const password = wrongPassword ? "not-the-password" : this.#options.password;
    const module = clockOffset === undefined ? "src/bridges/irc/index.ts" : (OFFSET_MODULES.get(clockOffset) ?? "");
    return {
      manifest: ircManifest,
      network: "irc",
      module,
      config: {
        host: "127.0.0.1",
        port: String(this.#proxy.port),
        tls: allowUnverified ? "unverified" : "yes",
        nick: `alice${this.#meetings}`,
        ...(password === undefined ? {} : { password }),
        flood_burst: "100",
        flood_interval: "1",
      },
      policy: { tls: { ca: this.#certificates.ca, allowUnverified } },
    };
  }
}

interface OtherOptions {
  port: number;
  password: string | undefined;
  nick: string;
  room: string;
  /** Nick of the account. */
  account: string;
}

/** The other person, on a bare socket. */
class Other implements OtherPerson {
  readonly #options: OtherOptions;
  readonly #heard: string[] = [];
  #peer: IrcPeer | undefined;
  #read = 0;

  constructor(options: OtherOptions) {
    this.#options = options;
  }

  say(text: string): void {
    this.#peer?.say(this.#options.room, text);
  }

  sayPrivately(text: string): void {
    this.#peer?.say(this.#options.account, text);
  }

  heard(): readonly string[] {
    const lines = this.#peer?.lines ?? [];
    for (; this.#read < lines.length; this.#read++) {
      const text = this.#said(lines[this.#read] ?? "");
      if (text !== undefined) this.#heard.push(text);
    }
    return this.#heard;
  }

  async comeBack(): Promise<void> {
    this.heard();
    const { port, password, nick, room } = this.#options;
    await this.#peer?.close();
    this.#read = 0;
    this.#peer = await ircPeer({ port, password, nick });
    await this.#peer.join(room);
  }

  async leave(): Promise<void> {
    await this.#peer?.close();
  }

  /** What the account said in the room. */
  #said(line: string): string | undefined {
    const { account, room } = this.#options;
    const [, nick, target, text] = /^:([^!]+)!\S+ PRIVMSG (\S+) :(.*)$/s.exec(line) ?? [];
    const same = nick?.toLowerCase() === account.toLowerCase() && target?.toLowerCase() === room.toLowerCase();
    return same ? text : undefined;
  }
}

export async function ircNetwork(options: IrcNetworkOptions): Promise<IrcNetwork> {
  return new IrcNetwork(options, await tcpProxy(options.server.tlsPort), await certificates());
}
