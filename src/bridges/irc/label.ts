import { LABELS, type LinkFacts, type SecurityLabel } from "../../security-labels/index.ts";

/** IRC is never better than this, and worse unless the server has proved its name. */
export function labelOfLink(link: LinkFacts): SecurityLabel {
  return link.kind === "tls" && link.verified ? "server-reads" : "plaintext";
}

export function isWorse(label: SecurityLabel, than: SecurityLabel): boolean {
  return LABELS.indexOf(label) < LABELS.indexOf(than);
}
