import { deriveLabel, type PluginOrigin } from "./derive.ts";
import type { SecurityFacts, SecurityLabel } from "./facts.ts";
import { type BridgeLabel, isAtLeast, isLabel } from "./order.ts";
import { shortWords } from "./words.ts";

/** `label`: what the next message would get. `reason`: one sentence for people. */
export type Passage = { ok: true; label: BridgeLabel } | { ok: false; label: BridgeLabel; reason: string };

/**
 * Whether a message that asks for `minimum` may be written to the connection that has `liveFacts` now. Facts of a fetch from
 * history, or none at all, say nothing of a connection: it counts as plaintext. To be asked at the moment of sending.
 */
export function mayTravel(
  minimum: SecurityLabel,
  liveFacts: SecurityFacts | undefined,
  ceiling: SecurityLabel,
  origin: PluginOrigin = "third-party",
): Passage {
  const label = liveFacts?.source === "live" ? deriveLabel(liveFacts, ceiling, origin) : "plaintext";
  if (isAtLeast(label, minimum)) return { ok: true, label };
  return { ok: false, label, reason: reasonFor(minimum, label) };
}

function reasonFor(minimum: SecurityLabel, label: BridgeLabel): string {
  if (!isLabel(minimum)) return "The message asks for a protection that this version does not know; nothing was sent.";
  if (minimum === "e2ee-device") return "No bridge can carry a message that is meant for Homeport devices only; nothing was sent.";
  return `The message asks for at least "${shortWords(minimum)}", but the connection now gives "${shortWords(label)}"; nothing was sent.`;
}
