import { type Component, multiaddr } from "@multiformats/multiaddr";
import { HomeportError } from "../sync/errors.ts";
import { keyOfText, peerIdOf } from "./keys.ts";

/** How a device is reached. `wss` goes over the app's own HTTPS address, `relay` through another device of the person. */
export type Way = "tcp" | "ws" | "wss" | "webrtc-direct" | "relay";

/** An address that this version can use: an IP address or, for `wss` alone, a name; a port, a way, perhaps a transport key. */
export interface Address {
  /** Multiaddr without `/p2p` at its end. */
  text: string;
  /** Of the relay, where the way is one. */
  host: string;
  /** Undefined for a name. */
  family: 4 | 6 | undefined;
  port: number;
  way: Way;
  /** Raw Ed25519 key, 32 bytes. */
  peer: Uint8Array | undefined;
}

const MAX_LENGTH = 256;
const EXAMPLE = "/ip4/192.168.1.10/tcp/4001";
const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** Undefined for anything else, e.g. what a later version or another program announces. Names are not looked up here. */
export function parseAddress(text: string): Address | undefined {
  const parts = componentsOf(text);
  if (parts === undefined) return undefined;
  const place = placeOf(parts);
  const direct = place && wayOf(parts, place);
  if (!place || !direct) return undefined;
  const { host, family, port } = place;
  const first = keyAt(parts);
  if (parts[0]?.name !== "p2p-circuit") {
    if (first === "none" || parts.length > 0) return undefined;
    return { text: direct.text, host, family, port, way: direct.way, peer: first };
  }
  parts.shift();
  const peer = keyAt(parts);
  if (!(first instanceof Uint8Array) || peer === "none" || parts.length > 0) return undefined;
  return { text: `${direct.text}/p2p/${peerIdOf(first).toString()}/p2p-circuit`, host, family, port, way: "relay", peer };
}

/** A multiaddr without the transport key at its end. */
export const withoutPeer = (text: string): string => text.replace(/\/p2p\/[^/]+$/, "");

interface Place {
  host: string;
  family: 4 | 6 | undefined;
  port: number;
}

/** Takes the first two components. */
function placeOf(parts: Component[]): (Place & { protocol: string }) | undefined {
  const [at, port] = parts.splice(0, 2);
  if (at?.value === undefined || port?.value === undefined || (port.name !== "tcp" && port.name !== "udp")) return undefined;
  const family = at.name === "ip4" ? 4 : at.name === "ip6" ? 6 : undefined;
  if (family === undefined && !(at.name === "dns" && NAME.test(at.value))) return undefined;
  return { host: at.value, family, port: Number(port.value), protocol: port.name };
}

/** Takes what comes after the port and belongs to the way. */
function wayOf(parts: Component[], { host, family, port, protocol }: Place & { protocol: string }): { way: Way; text: string } | undefined {
  const at = `/${family === undefined ? "dns" : `ip${family}`}/${host}/${protocol}/${port}`;
  const names = parts.map(({ name }) => name);
  if (protocol === "udp") {
    if (names[0] !== "webrtc-direct" || names[1] !== "certhash" || family === undefined) return undefined;
    const [, { value = "" } = {}] = parts.splice(0, 2);
    return { way: "webrtc-direct", text: `${at}/webrtc-direct/certhash/${value}` };
  }
  if (names[0] === "tls" && names[1] === "ws") {
    parts.splice(0, 2);
    return { way: "wss", text: `${at}/tls/ws` };
  }
  // Names are for addresses of the app, which a certificate proves.
  if (family === undefined) return undefined;
  if (names[0] !== "ws") return { way: "tcp", text: at };
  parts.shift();
  return { way: "ws", text: `${at}/ws` };
}

/** Takes a transport key; undefined where there is no `/p2p`, `none` where it is of another kind. */
function keyAt(parts: Component[]): Uint8Array | "none" | undefined {
  if (parts[0]?.name !== "p2p") return undefined;
  return keyOfText(parts.shift()?.value ?? "") ?? "none";
}

/** The way of an address that was dialled or accepted; `tcp` where it is not known. */
export function wayOfText(text: string): Way {
  if (text.includes("/p2p-circuit")) return "relay";
  if (text.includes("/webrtc-direct")) return "webrtc-direct";
  if (/\/(tls\/ws|wss)(\/|$)/.test(text)) return "wss";
  return /\/ws(\/|$)/.test(text) ? "ws" : "tcp";
}

/** The address at which a page's origin answers own devices, e.g. `https://home.local:8443` → `/dns/home.local/tcp/8443/tls/ws`. */
export function addressOfOrigin(origin: string): string | undefined {
  const url = URL.parse(origin);
  if (url?.protocol !== "https:") return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const family = host.includes(":") ? "ip6" : /^[\d.]+$/.test(host) ? "ip4" : "dns";
  return parseAddress(`/${family}/${host}/tcp/${url.port === "" ? 443 : url.port}/tls/ws`)?.text;
}

/** An address to listen on (`--listen`), in its normal form. Throws a `HomeportError` of code `bad-address`. */
export function checkListenAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined || (address.way !== "tcp" && address.way !== "ws"))
    throw badAddress(text, `an address to listen on looks like ${EXAMPLE} or /ip4/0.0.0.0/tcp/4002/ws`);
  if (address.peer !== undefined) throw badAddress(text, "an address to listen on has no /p2p part");
  return address.text;
}

/** An address of this device as others see it (`--announce`), in its normal form. Throws `bad-address`. */
export function checkAnnounceAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw badAddress(text, `an address to announce looks like ${EXAMPLE}`);
  if (isUnspecified(address.host)) throw badAddress(text, "nobody can reach this address: give one of this machine or router");
  if (address.port === 0) throw badAddress(text, "give the port that others reach");
  return address.text;
}

/** An address of another device (`--peer`): it names the device's transport key. Throws `bad-address`. */
export function checkPeerAddress(text: string): { peer: Uint8Array; address: string } {
  const address = parseAddress(text);
  if (address?.peer === undefined) throw badAddress(text, `an address of a device looks like ${EXAMPLE}/p2p/12D3KooW…`);
  if (isUnspecified(address.host) || address.port === 0) throw badAddress(text, "it names no machine that can be reached");
  return { peer: address.peer, address: address.text };
}

export function isUnspecified(host: string): boolean {
  return /^[0:.]+$/.test(host);
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host.startsWith("::ffff:127.");
}

/**
 * Multiaddrs without `/p2p` at the end of all that can be reached among these: without doubles, those of one machine only last.
 */
export function reachable(texts: readonly string[]): string[] {
  const parsed = texts.map(parseAddress).filter((address) => address !== undefined);
  const known = parsed.filter(({ host, port }) => !isUnspecified(host) && port > 0);
  const sorted = [...known.filter(({ host }) => !isLoopback(host)), ...known.filter(({ host }) => isLoopback(host))];
  return [...new Set(sorted.map(({ text }) => text))];
}

/** TCP ports of addresses that are listened on. */
export function portsOf(listening: readonly string[]): number[] {
  const parsed = listening.map(parseAddress).filter((address) => address !== undefined);
  return [...new Set(parsed.filter(({ way }) => way === "tcp" || way === "ws").map(({ port }) => port))];
}

function componentsOf(text: string): Component[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    return multiaddr(text).getComponents();
  } catch {
    return undefined;
  }
}

function badAddress(text: string, hint: string): HomeportError {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return new HomeportError("bad-address", `${JSON.stringify(shown)} cannot be used: ${hint}.`);
}
