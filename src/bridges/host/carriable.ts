import type { BridgeErrorData, Caps } from "../contract/index.ts";

const WORDS = {
  edit: "Messages cannot be edited on this network.",
  react: "There are no reactions on this network.",
} as const;

/** Undefined where the network can do it, at least partly; else what the person is told. */
export function canCarry(caps: Caps | undefined, kind: "edit" | "react"): BridgeErrorData | undefined {
  const level = kind === "edit" ? caps?.edit : caps?.reactions;
  return level !== undefined && level >= 1 ? undefined : { code: "unsupported", sent: "no", message: WORDS[kind] };
}
