import { type Component, multiaddr } from "@multiformats/multiaddr";
import { HomeportError } from "../sync/errors.ts";
import { keyOfText } from "./keys.ts";

/** An address that this version can use: an IP address, a TCP port, perhaps WebSocket, perhaps a transport key. */
export interface Address {
  /** Multiaddr without `/p2p`. */
  text: string;
  host: string;
  family: 4 | 6;
  port: number;
  webSocket: boolean;
  /** Raw Ed25519 key, 32 bytes. */
  peer: Uint8Array | undefined;
}

const MAX_LENGTH = 256;
const EXAMPLE = "/ip4/192.168.1.10/tcp/4001";

/** Undefined for anything else, e.g. what a later version or another program announces. Names are not looked up. */
export function parseAddress(text: string): Address | undefined {
  const components = componentsOf(text);
  const [ip, tcp, ...rest] = components ?? [];
  if (ip?.value === undefined || tcp?.value === undefined || tcp.name !== "tcp") return undefined;
  if (ip.name !== "ip4" && ip.name !== "ip6") return undefined;
  const webSocket = rest[0]?.name === "ws";
  if (webSocket) rest.shift();
  const peer = rest[0]?.name === "p2p" ? keyOfText(rest.shift()?.value ?? "") : undefined;
  if (rest.length > 0 || (peer === undefined && text.includes("/p2p/"))) return undefined;
  const family = ip.name === "ip4" ? 4 : 6;
  const plain = `/${ip.name}/${ip.value}/tcp/${tcp.value}${webSocket ? "/ws" : ""}`;
  return { text: plain, host: ip.value, family, port: Number(tcp.value), webSocket, peer };
}

/** An address to listen on (`--listen`), in its normal form. Throws a `HomeportError` of code `bad-address`. */
export function checkListenAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw badAddress(text, `an address to listen on looks like ${EXAMPLE} or /ip4/0.0.0.0/tcp/4002/ws`);
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
 * Multiaddrs without `/p2p` of all that can be reached among these: without doubles, those of one machine only last.
 */
export function reachable(texts: readonly string[]): string[] {
  const parsed = texts.map(parseAddress).filter((address) => address !== undefined);
  const known = parsed.filter(({ host, port }) => !isUnspecified(host) && port > 0);
  const sorted = [...known.filter(({ host }) => !isLoopback(host)), ...known.filter(({ host }) => isLoopback(host))];
  return [...new Set(sorted.map(({ text }) => text))];
}

export function portsOf(listening: readonly string[]): number[] {
  return [...new Set(listening.map((text) => parseAddress(text)?.port).filter((port) => port !== undefined))];
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
