import { describe, expect, expectTypeOf, test } from "vitest";
import {
  asBridgeLabel,
  compareLabels,
  isAtLeast,
  isLabel,
  LABELS,
  minLabel,
  type SecurityLabel,
} from "../../../src/security-labels/index.ts";

const UNKNOWN = "unbreakable" as SecurityLabel;
const pairs = LABELS.flatMap((a, i) => LABELS.map((b, j) => ({ a, b, i, j })));

describe("order of labels", () => {
  test("plaintext is the worst, e2ee-device the best", () => {
    expect(LABELS.toSorted(compareLabels)).toEqual(["plaintext", "server-reads", "e2ee-at-bridge", "e2ee-device"]);
    for (const { a, b, i, j } of pairs) expect(Math.sign(compareLabels(a, b))).toBe(Math.sign(i - j));
  });

  test("minLabel is the worst of all", () => {
    for (const { a, b, i, j } of pairs) expect(minLabel(a, b)).toBe(LABELS[Math.min(i, j)]);
    expect(minLabel("e2ee-device", "server-reads", "e2ee-at-bridge")).toBe("server-reads");
    expect(minLabel("e2ee-device")).toBe("e2ee-device");
  });

  test("isAtLeast agrees with the order", () => {
    for (const { a, b, i, j } of pairs) expect(isAtLeast(a, b)).toBe(i >= j);
  });

  test("labels 1: an unknown label is the worst, and an unknown minimum is never met", () => {
    expect(isLabel(UNKNOWN)).toBe(false);
    expect(compareLabels(UNKNOWN, "plaintext")).toBe(0);
    for (const label of LABELS) expect(isAtLeast(label, UNKNOWN)).toBe(false);
    expect(isAtLeast(UNKNOWN, "server-reads")).toBe(false);
  });

  test("a bridge never shows e2ee-device", () => {
    expect(LABELS.map(asBridgeLabel)).toEqual(["plaintext", "server-reads", "e2ee-at-bridge", "e2ee-at-bridge"]);
    expect(asBridgeLabel(UNKNOWN)).toBe("plaintext");
    expectTypeOf(asBridgeLabel).returns.toEqualTypeOf<"plaintext" | "server-reads" | "e2ee-at-bridge">();
  });
});
