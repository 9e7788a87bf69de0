import type { LinkFacts, SecurityFacts } from "../../security-labels/index.ts";
import { clip, MAX_SHORT } from "./plain.ts";

/** Nothing was measured: the worst is taken to be true. */
const UNKNOWN_LINK: LinkFacts = { kind: "none", verified: false, measuredBy: "host" };

/**
 * How an event came. `told.link` is what the broker measured (see `HostServices`): what only the plugin says of a link counts
 * for nothing. `history` for what was fetched.
 */
export function factsOfEvent(told: SecurityFacts, isLive: boolean): SecurityFacts {
  const link = told.link.measuredBy === "host" ? told.link : withMechanism(UNKNOWN_LINK, told);
  return shorten({ ...ownWords(told), link, source: isLive ? told.source : "history" });
}

/** How a message went: the link as measured when it was handed over, and what the plugin told of it afterwards. */
export function factsOfSent(handedOver: SecurityFacts, told: SecurityFacts | undefined): SecurityFacts {
  if (!told) return handedOver;
  return shorten({ ...ownWords(told), link: withMechanism(handedOver.link, told), source: "live" });
}

/** What is known when a message is about to be handed over. */
export function factsBeforeSending(measured: LinkFacts | undefined): SecurityFacts {
  return shorten({ link: measured ?? UNKNOWN_LINK, source: "live" });
}

function ownWords({ e2ee, restBeyondServer }: SecurityFacts): Pick<SecurityFacts, "e2ee" | "restBeyondServer"> {
  return { ...(e2ee && { e2ee }), ...(restBeyondServer && { restBeyondServer }) };
}

function withMechanism(link: LinkFacts, told: SecurityFacts): LinkFacts {
  return told.link.mechanism === undefined ? link : { ...link, mechanism: told.link.mechanism };
}

/** As long as entries take them. */
function shorten(facts: SecurityFacts): SecurityFacts {
  const { link, e2ee } = facts;
  const text = <Text extends string | undefined>(value: Text): Text => (value === undefined ? value : (clip(value, MAX_SHORT) as Text));
  const { certificate } = link;
  return {
    ...facts,
    link: {
      ...link,
      version: text(link.version),
      server: text(link.server),
      certificate: certificate && { sha256: text(certificate.sha256), issuer: text(certificate.issuer) },
      mechanism: text(link.mechanism),
      via: text(link.via),
    },
    ...(e2ee && { e2ee: { ...e2ee, keyId: text(e2ee.keyId) } }),
  };
}
