import type { EndToEndFacts, LinkFacts, SecurityFacts, SecurityLabel } from "./facts.ts";
import { asBridgeLabel, type BridgeLabel, minLabel } from "./order.ts";

/** Who wrote the plugin: what a third party's says of itself never gives more than `server-reads`. */
export type PluginOrigin = "homeport" | "third-party";

/**
 * The label of a bridged message. `ceiling` is that of the plugin's manifest. Whatever is unknown, or said in words that
 * this version does not know, counts as plaintext.
 */
export function deriveLabel(facts: SecurityFacts, ceiling: SecurityLabel, origin: PluginOrigin = "third-party"): BridgeLabel {
  const most = origin === "homeport" ? "e2ee-at-bridge" : "server-reads";
  return minLabel(measured(facts), most, asBridgeLabel(ceiling));
}

function measured({ link, e2ee, restBeyondServer }: SecurityFacts): BridgeLabel {
  if (!e2ee || !isHeldByPeer(e2ee)) return isEncryptedToServer(link) ? "server-reads" : "plaintext";
  return restBeyondServer === undefined ? "e2ee-at-bridge" : "server-reads";
}

/** An unverified or changed key may be anybody's, the server's too: it adds nothing to what the link gives. */
function isHeldByPeer({ peer }: EndToEndFacts): boolean {
  return peer === "verified" || peer === "tofu";
}

/** Not `loopback`: it ends in a program on the home PC, and nobody measured what lies behind that. */
function isEncryptedToServer({ kind, verified }: LinkFacts): boolean {
  return verified && (kind === "tls" || kind === "noise" || kind === "mtproto");
}
