import { multiaddr } from "@multiformats/multiaddr";
import type { Sql } from "../sync/ports.ts";
import { readSetting, writeSetting } from "./profile-store.ts";

const SETTING = "listen";
const DEFAULT = ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/tcp/0/ws"];

/** Where to listen by default: free ports, the same ones at each start. */
export function defaultListen(sql: Sql): string[] {
  const kept = readSetting(sql, SETTING);
  return kept === undefined ? DEFAULT : (JSON.parse(kept) as string[]);
}

/** Keeps the ports that were free at the first start. `addresses` are those that are listened on. */
export function keepListen(sql: Sql, addresses: readonly string[]): void {
  if (readSetting(sql, SETTING) !== undefined) return;
  const portOf = (websocket: boolean) => addresses.map(tcpOf).find((found) => found !== undefined && found.websocket === websocket)?.port;
  const [tcp, websocket] = [portOf(false), portOf(true)];
  if (tcp === undefined || websocket === undefined) return;
  writeSetting(sql, SETTING, JSON.stringify([`/ip4/0.0.0.0/tcp/${tcp}`, `/ip4/0.0.0.0/tcp/${websocket}/ws`]));
}

function tcpOf(address: string): { port: number; websocket: boolean } | undefined {
  const parts = multiaddr(address).getComponents();
  const port = parts.find(({ name }) => name === "tcp")?.value;
  return port === undefined ? undefined : { port: Number(port), websocket: parts.some(({ name }) => name === "ws") };
}
