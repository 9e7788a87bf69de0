import { LABELS, type SecurityLabel } from "./facts.ts";

/** What a bridge can show: its home node always sees the text, so never `e2ee-device`. */
export type BridgeLabel = Exclude<SecurityLabel, "e2ee-device">;

export function isLabel(value: unknown): value is SecurityLabel {
  return LABELS.some((label) => label === value);
}

/** Below zero where `a` is the worse one. What is no label counts as the worst. */
export function compareLabels(a: SecurityLabel, b: SecurityLabel): number {
  return rank(a) - rank(b);
}

/** The worst of them. */
export function minLabel<Label extends SecurityLabel>(first: Label, ...others: Label[]): Label {
  return others.reduce((worst, label) => (compareLabels(label, worst) < 0 ? label : worst), first);
}

/** True where `label` is as good as `min` or better. Nothing is as good as a `min` that is no label. */
export function isAtLeast(label: SecurityLabel, min: SecurityLabel): boolean {
  return isLabel(min) && compareLabels(label, min) >= 0;
}

/** The best label that a bridge can show and that is no better than `label`; `plaintext` for what is no label. */
export function asBridgeLabel(label: SecurityLabel): BridgeLabel {
  if (!isLabel(label)) return "plaintext";
  return label === "e2ee-device" ? "e2ee-at-bridge" : label;
}

function rank(label: SecurityLabel): number {
  return Math.max(0, LABELS.indexOf(label));
}
