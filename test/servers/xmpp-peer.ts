import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Element, xml } from "@xmpp/client";
import { until } from "./process.ts";

export interface XmppPeerOptions {
  port: number;
  domain: string;
  name: string;
  /** Default: the one that the harness gave the name. */
  password?: string | undefined;
  resource?: string | undefined;
}

/** The other person: a bare XMPP client on a socket in the clear, so that tests see what the server says and say what they like. */
export class XmppPeer implements AsyncDisposable {
  readonly jid: string;
  /** Every stanza that came, in order. */
  readonly stanzas: Element[] = [];
  readonly #socket: Socket;
  readonly #domain: string;
  #parser = new xml.Parser();
  #ids = 0;

  constructor(socket: Socket, { name, domain, resource = "peer" }: XmppPeerOptions) {
    this.#socket = socket;
    this.#domain = domain;
    this.jid = `${name}@${domain}/${resource}`;
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => this.#parser.write(String(chunk)));
    socket.on("error", () => undefined);
  }

  get bare(): string {
    return this.jid.replace(/\/.*/, "");
  }

  /** As it stands. */
  raw(text: string): void {
    this.#socket.write(text);
  }

  send(stanza: Element): void {
    this.raw(stanza.toString());
  }

  /** Returns the id of the message. */
  say(to: string, text: string, ...more: Element[]): string {
    return this.message(to, "chat", xml("body", {}, text), ...more);
  }

  sayInRoom(room: string, text: string, ...more: Element[]): string {
    return this.message(room, "groupchat", xml("body", {}, text), ...more);
  }

  message(to: string, type: string, ...content: Element[]): string {
    this.#ids += 1;
    const id = `peer-${this.jid}-${this.#ids}-${Date.now()}`;
    this.send(xml("message", { to, type, id }, ...content));
    return id;
  }

  async join(room: string, nick: string): Promise<void> {
    this.send(
      xml(
        "presence",
        { to: `${room}/${nick}` },
        xml("x", { xmlns: "http://jabber.org/protocol/muc" }, xml("history", { maxstanzas: "0" })),
      ),
    );
    await this.stanza(`presence in ${room}`, ({ name, attrs }) => name === "presence" && attrs["from"] === `${room}/${nick}`);
  }

  /** Rejects with the error that came. */
  async ask(type: "get" | "set", payload: Element, to?: string): Promise<Element> {
    this.#ids += 1;
    const id = `iq-${this.#ids}-${Date.now()}`;
    this.send(xml("iq", { type, id, to }, payload));
    const answer = await this.stanza("an answer", ({ name, attrs }) => name === "iq" && attrs["id"] === id);
    if (answer.attrs["type"] === "error") throw new Error(answer.toString());
    return answer;
  }

  /** The first that fits, whether it has come or will. */
  stanza(what: string, fits: (stanza: Element) => boolean, timeoutMs?: number): Promise<Element> {
    return until(what, () => this.stanzas.find(fits), timeoutMs);
  }

  /** Bodies of what was said by somebody, in order and as often as it came. */
  bodies(fits: (stanza: Element) => boolean): string[] {
    return this.stanzas.flatMap((stanza) => {
      const body = stanza.name === "message" && stanza.attrs["type"] !== "error" && fits(stanza) ? stanza.getChild("body") : undefined;
      return body ? [body.getText()] : [];
    });
  }

  async login(name: string, password: string, resource: string): Promise<void> {
    await this.#open();
    const plain = Buffer.from(`\0${name}\0${password}`).toString("base64");
    this.send(xml("auth", { xmlns: "urn:ietf:params:xml:ns:xmpp-sasl", mechanism: "PLAIN" }, plain));
    const answer = await this.stanza("the answer to the login", ({ name: tag }) => tag === "success" || tag === "failure");
    if (answer.name === "failure") throw new Error(answer.toString());
    await this.#open();
    const bind = xml("bind", { xmlns: "urn:ietf:params:xml:ns:xmpp-bind" }, xml("resource", {}, resource));
    await this.ask("set", bind);
    this.send(xml("presence", {}));
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const gone = once(this.#socket, "close");
    this.#socket.destroy();
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(): Promise<void> {
    this.#parser = new xml.Parser();
    this.stanzas.length = 0;
    this.#parser.on("element", (stanza: Element) => this.stanzas.push(stanza));
    this.raw(
      `<?xml version='1.0'?><stream:stream to='${this.#domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
    );
    await this.stanza("features", ({ name }) => name === "stream:features");
  }
}

/** Logged in and there. */
export async function xmppPeer(options: XmppPeerOptions): Promise<XmppPeer> {
  const socket = connect({ port: options.port, host: "127.0.0.1" });
  await once(socket, "connect");
  const peer = new XmppPeer(socket, options);
  const { name, password = `password-of-${name}`, resource = "peer" } = options;
  await peer.login(name, password, resource);
  return peer;
}
