import type { LinkFacts, SecurityFacts } from "../../security-labels/index.ts";
import type { IrcConfig } from "./config.ts";

/**
 * What the host measured for this connection, and how we logged in over it. No server can promise that others come to it
 * encrypted, and IRC passes everything on in the clear to whoever is in the channel.
 */
export function factsOf(link: LinkFacts, config: IrcConfig, login: string | undefined): Record<SecurityFacts["source"], SecurityFacts> {
  const mechanism = login ?? (config.serverPassword === undefined ? undefined : "server password");
  // What a BitlBee does with it is known to nobody here.
  const restBeyondServer = config.bitlbee ? "unknown" : "may-be-plaintext";
  const common = { link: mechanism === undefined ? link : { ...link, mechanism }, restBeyondServer } as const;
  return { live: { ...common, source: "live" }, history: { ...common, source: "history" } };
}
