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
import { type AccountUnderTest, InChild } from "./plugin-under-test.ts";
import type { Prosody } from "./prosody.ts";
import { CONFERENCE } from "./prosody-config.ts";
import { type TcpProxy, tcpProxy } from "./tcp-proxy.ts";
import { type XmppPeer, xmppPeer } from "./xmpp-peer.ts";

export const xmppManifest = JSON.parse(readFileSync(new URL("../../src/bridges/xmpp/manifest.json", import.meta.url), "utf8")) as Manifest;

const OFFSET_MODULES = new Map<number, string>([
  [CLOCK_OFFSETS.ahead, "test/servers/plugins/xmpp-clock-ahead.ts"],
  [CLOCK_OFFSETS.behind, "test/servers/plugins/xmpp-clock-behind.ts"],
]);

/** What XML cannot hold: the server would end the connection of whoever sends it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const UNSAYABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

export interface XmppNetworkOptions {
  server: Prosody;
  traits: NetworkTraits;
  isolation: Isolation;
}

/** An XMPP server for the conformance suite; accounts reach it through a proxy that can be cut and stalled. */
export class XmppNetwork implements NetworkUnderTest {
  readonly traits: NetworkTraits;
  readonly #options: XmppNetworkOptions;
  readonly #proxy: TcpProxy;
  readonly #certificates: Certificates;
  #meetings = 0;

  constructor(options: XmppNetworkOptions, proxy: TcpProxy, all: Certificates) {
    this.traits = options.traits;
    this.#options = options;
    this.#proxy = proxy;
    this.#certificates = all;
  }

  async meet(options: MeetingOptions = {}): Promise<Meeting> {
    this.#meetings += 1;
    const { server } = this.#options;
    const n = this.#meetings;
    for (const name of [`alice${n}`, `bob${n}`]) server.addUser(name, `password-of-${name}`);
    const room = `room${n}@${CONFERENCE}`;
    const other = new Other(server, { name: `bob${n}`, room, account: `alice${n}` });
    await other.comeBack();
    const plugin = new InChild(this.#account(options), this.#options.isolation);
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

  #account({ allowUnverified = false, wrongPassword = false, clockOffset }: MeetingOptions): AccountUnderTest {
    const name = `alice${this.#meetings}`;
    return {
      manifest: xmppManifest,
      network: "xmpp",
      module: clockOffset === undefined ? "src/bridges/xmpp/index.ts" : (OFFSET_MODULES.get(clockOffset) ?? ""),
      config: {
        jid: `${name}@${this.#options.server.domain}`,
        password: wrongPassword ? "not-the-password" : `password-of-${name}`,
        host: "127.0.0.1",
        port: String(this.#proxy.port),
        tls: allowUnverified ? "unverified" : "direct",
      },
      policy: { tls: { ca: this.#certificates.ca, allowUnverified } },
    };
  }
}

/** The other person, on a bare socket. */
class Other implements OtherPerson {
  readonly #server: Prosody;
  readonly #who: { name: string; room: string; account: string };
  readonly #heard: string[] = [];
  #peer: XmppPeer | undefined;

  constructor(server: Prosody, who: { name: string; room: string; account: string }) {
    this.#server = server;
    this.#who = who;
  }

  say(text: string): void {
    this.#peer?.sayInRoom(this.#who.room, text.replaceAll(UNSAYABLE, "\ufffd"));
  }

  sayPrivately(text: string): void {
    this.#peer?.say(`${this.#who.account}@${this.#server.domain}`, text);
  }

  heard(): readonly string[] {
    const from = `${this.#who.room}/${this.#who.account}`;
    const now = this.#peer?.bodies(({ attrs }) => attrs["from"] === from) ?? [];
    return [...this.#heard, ...now];
  }

  async comeBack(): Promise<void> {
    this.#heard.splice(0, this.#heard.length, ...this.heard());
    await this.#peer?.close();
    const { name, room } = this.#who;
    this.#peer = await xmppPeer({ port: this.#server.port, domain: this.#server.domain, name });
    await this.#peer.join(room, name);
  }

  async leave(): Promise<void> {
    await this.#peer?.close();
  }
}

export async function xmppNetwork(options: XmppNetworkOptions): Promise<XmppNetwork> {
  return new XmppNetwork(options, await tcpProxy(options.server.tlsPort), await certificates());
}
