import type { LinkFacts, SecurityFacts } from "../../security-labels/index.ts";

/** What the host measured for this connection, and how we logged in over it. How servers talk to each other nobody can see from here. */
export function factsOf(link: LinkFacts, mechanism: string): Record<SecurityFacts["source"], SecurityFacts> {
  const common = { link: { ...link, mechanism: `SASL ${mechanism}` }, restBeyondServer: "unknown" } as const;
  return { live: { ...common, source: "live" }, history: { ...common, source: "history" } };
}
