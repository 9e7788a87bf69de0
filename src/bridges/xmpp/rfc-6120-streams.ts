import type { Duplex } from "node:stream";
import type { LinkFacts } from "../../security-labels/index.ts";
import type { Host } from "../contract/index.ts";
import type { XmppConfig } from "./config.ts";
import { ConnectError, fail, streamError } from "./failures.ts";
import { parseJid } from "./jids.ts";
import { NS } from "./ns.ts";
import { login } from "./sasl.ts";
import { childText, type Element, el } from "./xml.ts";
import type { XmlStream } from "./xml-stream.ts";
import { resume, type Resumed, type Resumable } from "./xep-0198-stream-management.ts";

export interface Dialled {
  stream: Duplex;
  link: LinkFacts;
}

export interface HandshakeOptions {
  host: Pick<Host, "upgrade">;
  config: XmppConfig;
  dialled: Dialled;
  /** A session of before that the server may still have. */
  resumable: Resumable | undefined;
  /** Ours, always the same one: whoever logs in with it puts an end to what is left of an earlier connection. */
  resource: string;
  hadScram: boolean;
}

/** Logged in, over a measured link. */
export interface Ready {
  stream: XmlStream;
  link: LinkFacts;
  mechanism: string;
  features: Element;
  /** The earlier session goes on; else there is a new one under this full address. */
  resumed: Resumed | undefined;
  full: string | undefined;
}

/**
 * From the first byte to a session: STARTTLS where the connection is not encrypted yet, login, resumption or a resource
 * (RFC 6120, sections 4 to 7). Throws a `ConnectError`, or what broke the connection.
 */
export async function handshake(stream: XmlStream, options: HandshakeOptions): Promise<Ready> {
  const { config } = options;
  const { domain } = config.jid;
  const plain = await begin(stream, domain);
  const { link, features: offered } = await secured(stream, plain, options);
  const credentials = { username: config.jid.local, password: config.password };
  const isProven = link.kind === "tls" && link.verified;
  const mechanism = await login(stream, offered, { domain, credentials, isProven, hadScram: options.hadScram });
  const features = await begin(stream, domain);
  const { resumable } = options;
  const resumed = resumable && features.getChild("sm", NS.sm) ? await resume(stream, resumable) : undefined;
  const full = resumed ? undefined : await bind(stream, options);
  return { stream, link, mechanism, features, resumed, full };
}

async function begin(stream: XmlStream, domain: string): Promise<Element> {
  stream.open(domain);
  const features = await stream.next();
  if (features.is("error", NS.stream)) throw new ConnectError(streamError(domain, features));
  if (!features.is("features", NS.stream)) fail("later", "offline", `${domain} does not answer as an XMPP server does.`, "check-settings");
  return features;
}

/** The guard against stripping: nobody is told who we are before the connection is encrypted, unless the person wants it so. */
async function secured(stream: XmlStream, features: Element, { host, config, dialled }: HandshakeOptions) {
  const { domain } = config.jid;
  if (dialled.link.kind === "tls" || config.tls === "none") return { link: dialled.link, features };
  if (!features.getChild("starttls", NS.tls)) {
    const message = `${domain} offers no encryption here (STARTTLS). If it used to, somebody on the way may have taken the offer out.`;
    fail("later", "insecure", message, "check-settings");
  }
  stream.send(el("starttls", { xmlns: NS.tls }));
  const answer = await stream.next();
  if (!answer.is("proceed", NS.tls)) fail("later", "insecure", `${domain} refuses to encrypt the connection.`, "check-settings");
  const upgraded = await host.upgrade(stream.detach(), { servername: domain });
  stream.attach(upgraded.stream);
  return { link: upgraded.link, features: await begin(stream, domain) };
}

async function bind(stream: XmlStream, { config, resource }: HandshakeOptions): Promise<string> {
  const { domain } = config.jid;
  stream.send(el("iq", { type: "set", id: "bind" }, el("bind", { xmlns: NS.bind }, el("resource", {}, resource))));
  const answer = await stream.next();
  const full = childText(answer.getChild("bind", NS.bind), "jid");
  const jid = parseJid(full);
  if (!answer.is("iq") || answer.attrs["type"] !== "result" || full === undefined || !jid?.resource)
    fail("soon", "offline", `${domain} did not give us a resource.`);
  if (jid.domain !== domain || jid.local !== config.jid.local) fail("later", "offline", `${domain} gave us somebody else's address.`);
  return full;
}
