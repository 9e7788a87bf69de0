import { connect } from "node:net";
import { multiaddr } from "@multiformats/multiaddr";
import type { CheckRow } from "../../api/status.ts";

/** Milliseconds; the address is this machine's own. */
const PATIENCE = 1500;
const MOST = 8;

export function checkAddresses(list: readonly string[]): CheckRow {
  const elsewhere = list.filter((address) => !/^\/ip4\/127\.|^\/ip6\/::1\//.test(address));
  if (elsewhere.length > 0)
    return { check: "addresses", ok: true, message: `Other devices reach this one at ${elsewhere.length} address(es) of this network.` };
  return {
    check: "addresses",
    ok: false,
    message: "Other devices cannot reach this one.",
    fix: "Connect to a network, or give --listen an address that others can reach.",
  };
}

/** Whether what is listened on takes connections from here. What a router or a firewall lets through cannot be seen from inside. */
export async function checkPorts(list: readonly string[]): Promise<CheckRow> {
  const direct = list.filter((address) => /^\/ip[46]\/[^/]+\/tcp\/\d+(\/ws)?(\/p2p\/[^/]+)?$/.test(address));
  const places = [...new Map(direct.map(placeOf).map((place) => [`${place.host} ${place.port}`, place])).values()].slice(0, MOST);
  const answers = await Promise.all(places.map(answersAt));
  const deaf = places.filter((_, index) => !answers[index]).map(({ host, port }) => `${host} port ${port}`);
  if (places.length > 0 && deaf.length === 0)
    return {
      check: "ports",
      ok: true,
      message: `It takes connections at all ${places.length} of its addresses, as seen from this machine.`,
    };
  return {
    check: "ports",
    ok: false,
    message: places.length === 0 ? "It listens nowhere." : `Nothing answers at ${deaf.join(", ")}.`,
    fix: "Look whether a firewall of this machine forbids it, or whether the machine's address changed: then start Homeport again.",
  };
}

function placeOf(address: string): { host: string; port: number } {
  const parts = multiaddr(address).getComponents();
  return { host: parts[0]?.value ?? "", port: Number(parts.find(({ name }) => name === "tcp")?.value ?? 0) };
}

function answersAt({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
