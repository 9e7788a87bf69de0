import type { SecurityLabel, Trust } from "./facts.ts";

/** Names for the app's icons; the words always stand beside them. */
export interface Mark {
  shape: "open-lock-slash" | "eye" | "house-lock" | "devices-lock" | "warning" | "check" | "question";
  colour: "red" | "amber" | "blue" | "green" | "neutral";
}

/** Green only for a contact with whom numbers were compared. */
export function markOf(label: SecurityLabel, trust?: Trust): Mark {
  switch (label) {
    case "server-reads":
      return { shape: "eye", colour: "amber" };
    case "e2ee-at-bridge":
      return { shape: "house-lock", colour: "blue" };
    case "e2ee-device":
      return { shape: "devices-lock", colour: ownColour(trust) };
    default:
      return { shape: "open-lock-slash", colour: "red" };
  }
}

/** The second mark, beside that of the label. */
export function trustMarkOf(trust: Trust): Mark {
  if (trust === "validated" || trust === "verified") return { shape: "check", colour: "green" };
  if (trust === "compromised" || trust === "changed") return { shape: "warning", colour: "red" };
  return { shape: "question", colour: "neutral" };
}

function ownColour(trust: Trust | undefined): Mark["colour"] {
  if (trust === "validated") return "green";
  return trust === "compromised" ? "red" : "neutral";
}
