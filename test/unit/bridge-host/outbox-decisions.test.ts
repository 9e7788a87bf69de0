import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterStep,
  ASK_AFTER_MS,
  isDoubtful,
  isTooOld,
  isUnderWay,
  MARKED_AS_SENT,
  messageState,
  nextPart,
  NOT_SENT_AS_DECIDED,
  type Part,
  type PartEvent,
  type PartState,
  step,
} from "../../../src/bridges/host/outbox-decisions.ts";
import type { BridgeErrorData } from "../../../src/bridges/contract/index.ts";
import { LABELS, type SecurityFacts } from "../../../src/security-labels/index.ts";

const facts: SecurityFacts = { link: { kind: "tls", verified: true, measuredBy: "host" }, source: "live" };
const fresh: Part = { state: "queued", maybe: false, attempt: 0, refs: [], text: "hello" };
const claim: PartEvent = { event: "claim", at: 5, facts, label: "server-reads" };
const lost: PartEvent = { event: "lost", reason: "The line went dead." };
const acked = (...refs: string[]): PartEvent => ({ event: "acked", refs });
const error = (sent: "no" | "maybe", code: BridgeErrorData["code"] = "internal"): BridgeErrorData => ({ code, sent, message: "No." });
const refused = (data: BridgeErrorData, attempt?: number): PartEvent => ({ event: "refused", error: data, attempt });
const after = (part: Part, ...events: PartEvent[]): Part => events.reduce(step, part);
const parts = (...states: PartState[]): Part[] =>
  states.map((state) => ({ ...fresh, state, maybe: state === "claimed" || state === "accepted" || state === "in-doubt" }));

const anyError = fc.record({
  code: fc.constantFrom<BridgeErrorData["code"]>("auth", "rate", "offline", "forbidden", "too-large", "insecure", "internal"),
  sent: fc.constantFrom<"no" | "maybe">("no", "maybe"),
  message: fc.constant("No."),
});
const anyEvent: fc.Arbitrary<PartEvent> = fc.oneof(
  fc.record({ event: fc.constant("claim" as const), at: fc.nat(), facts: fc.constant(facts), label: fc.constantFrom(...LABELS) }),
  fc.record({ event: fc.constant("accepted" as const), attempt: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ event: fc.constant("acked" as const), refs: fc.array(fc.constantFrom("m1", "m2")) }),
  fc.record({
    event: fc.constant("refused" as const),
    error: anyError,
    attempt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  }),
  fc.constant(lost),
  fc.constant<PartEvent>({ event: "unsent" }),
  fc.constant<PartEvent>({ event: "expire", reason: "Old." }),
  fc.constant<PartEvent>({ event: "resend" }),
  fc.constant<PartEvent>({ event: "settle" }),
  fc.constant<PartEvent>({ event: "cancel", reason: "Closed." }),
);
const history = fc.array(anyEvent, { maxLength: 30 });

describe("one part", () => {
  test("O1: only what is queued can be claimed, and each claim is another attempt", () => {
    fc.assert(
      fc.property(history, (events) => {
        const before = after(fresh, ...events);
        const then = step(before, claim);
        if (before.state === "queued") expect(then).toMatchObject({ state: "claimed", maybe: true, attempt: before.attempt + 1, facts });
        else expect(then).toBe(before);
      }),
    );
  });

  test("O2: between two claims of what may have reached the network stands proof that it did not, or the person", () => {
    fc.assert(
      fc.property(history, (events) => {
        let part = fresh;
        let mayBeThere = false;
        for (const event of events) {
          const next = step(part, event);
          if (event.event === "claim" && next !== part) {
            expect(mayBeThere).toBe(false);
            mayBeThere = true;
          } else if (next !== part && next.state === "queued") {
            const isProof = event.event === "unsent" || (event.event === "refused" && event.error.sent === "no");
            expect(isProof || event.event === "resend").toBe(true);
            mayBeThere = false;
          }
          part = next;
        }
      }),
    );
  });

  test("O2: whatever happens to it, what is under way may be there, and what is queued or failed may not", () => {
    fc.assert(
      fc.property(history, (events) => {
        const part = after(fresh, ...events);
        if (isUnderWay(part)) expect(part.maybe).toBe(true);
        if (part.state === "queued" || part.state === "failed" || part.state === "acked") expect(part.maybe).toBe(false);
      }),
    );
  });

  test("O2: a crash, a dead child or a lost connection puts what is claimed or accepted in doubt, and nothing else", () => {
    expect(after(fresh, claim, lost)).toMatchObject({ state: "in-doubt", maybe: true, reason: "The line went dead." });
    expect(after(fresh, claim, { event: "accepted", attempt: 1 }, lost)).toMatchObject({ state: "in-doubt", maybe: true });
    for (const part of parts("queued", "in-doubt", "acked", "failed")) expect(step(part, lost)).toBe(part);
  });

  test("a plugin that knows it did not send: queued again where it is worth a try, else failed with its reason", () => {
    for (const code of ["offline", "rate"] as const)
      expect(after(fresh, claim, refused(error("no", code), 1))).toMatchObject({ state: "queued", maybe: false });
    for (const code of ["forbidden", "too-large", "insecure", "internal"] as const)
      expect(after(fresh, claim, refused(error("no", code), 1))).toMatchObject({ state: "failed", maybe: false, reason: "No.", code });
  });

  test("O2: a plugin that cannot tell whether it sent puts it in doubt, whatever the code", () => {
    for (const code of ["offline", "rate", "forbidden", "internal"] as const)
      expect(after(fresh, claim, refused(error("maybe", code), 1)).state).toBe("in-doubt");
  });

  test("O6: what only waited for the person was never there: settling fails it, and reconciling does not concern it", () => {
    const old = after(fresh, { event: "expire", reason: "Old." });
    expect(old).toMatchObject({ state: "in-doubt", maybe: false });
    expect(isDoubtful(old)).toBe(false);
    expect(step(old, { event: "unsent" })).toBe(old);
    expect(step(old, { event: "settle" })).toMatchObject({ state: "failed", reason: NOT_SENT_AS_DECIDED });
    expect(step(old, { event: "resend" })).toMatchObject({ state: "queued" });
  });

  test("the person marks what is in doubt as sent, or sends it again", () => {
    const doubtful = after(fresh, claim, lost);
    expect(step(doubtful, { event: "settle" })).toMatchObject({ state: "acked", maybe: false, reason: MARKED_AS_SENT });
    expect(step(doubtful, { event: "resend" })).toMatchObject({ state: "queued", maybe: false, text: "hello" });
  });

  test("O8: an acknowledgement is believed in every state, and erases the text", () => {
    fc.assert(
      fc.property(history, (events) => {
        const part = after(fresh, ...events, acked("m9"));
        expect(part).toMatchObject({ state: "acked", maybe: false });
        expect(part.refs).toContain("m9");
        expect(part.text).toBeUndefined();
      }),
    );
  });

  test("O8: a second acknowledgement only adds what is new, and what is acknowledged stays so", () => {
    const part = after(fresh, claim, acked("m1"));
    expect(step(part, acked("m1"))).toBe(part);
    expect(step(part, acked("m2")).refs).toEqual(["m1", "m2"]);
    fc.assert(
      fc.property(history, (events) => {
        expect(after(part, ...events).state).toBe("acked");
      }),
    );
  });

  test("O10: word of an earlier attempt changes nothing about a later one", () => {
    const second = after(fresh, claim, lost, { event: "resend" }, claim);
    expect(second.attempt).toBe(2);
    expect(step(second, refused(error("no"), 1))).toBe(second);
    expect(step(second, { event: "accepted", attempt: 1 })).toBe(second);
    expect(step(second, refused(error("no"))).state).toBe("failed");
  });

  test("what is canceled is what was not handed over; what may be there stays in doubt", () => {
    const cancel: PartEvent = { event: "cancel", reason: "Closed." };
    expect(step(fresh, cancel)).toMatchObject({ state: "failed", reason: "Closed." });
    for (const part of parts("claimed", "accepted", "in-doubt", "acked")) expect(step(part, cancel)).toBe(part);
  });
});

describe("the parts of a message", () => {
  test("O3: the next part is the first that is not acknowledged, and only if it is queued", () => {
    expect(nextPart(parts("acked", "queued", "queued"))).toBe(1);
    expect(nextPart(parts("acked", "claimed", "queued"))).toBeUndefined();
    expect(nextPart(parts("acked", "in-doubt", "queued"))).toBeUndefined();
    expect(nextPart(parts("acked", "acked"))).toBeUndefined();
  });

  test("O4: a message is sent when all of its parts are, and not before", () => {
    const anyState = fc.constantFrom<PartState>("queued", "claimed", "accepted", "in-doubt", "acked", "failed");
    fc.assert(
      fc.property(fc.array(anyState, { minLength: 1, maxLength: 6 }), (states) => {
        expect(messageState(parts(...states)).state === "sent").toBe(states.every((state) => state === "acked"));
      }),
    );
  });

  test("O5: one failed part fails the message, the ones after it are not sent, and the reason says how many were", () => {
    const failing = parts("acked", "acked", "queued", "queued").map((part, index) =>
      index === 2 ? after(part, claim, refused(error("no", "forbidden"), 1)) : part,
    );
    const settled = afterStep(failing);
    expect(settled.map(({ state }) => state)).toEqual(["acked", "acked", "failed", "failed"]);
    expect(messageState(settled)).toMatchObject({ state: "failed", reason: "2 of 4 parts were sent. No.", code: "forbidden" });
    expect(nextPart(settled)).toBeUndefined();
  });

  test("a message of one part says the reason as it is", () => {
    expect(messageState([after(fresh, claim, lost)])).toMatchObject({ state: "in-doubt", reason: "The line went dead." });
  });

  test("O9: a message has the label and the facts of its worst part", () => {
    const plain: SecurityFacts = { link: { kind: "none", verified: false, measuredBy: "host" }, source: "live" };
    const first = after(fresh, claim, acked("m1"));
    const second = after(fresh, { ...claim, facts: plain, label: "plaintext" }, acked("m2"));
    expect(messageState([first, second])).toMatchObject({ state: "sent", label: "plaintext", facts: plain, remote: ["m1", "m2"] });
    expect(messageState([first])).toMatchObject({ label: "server-reads", facts });
  });

  test("O6: an hour is the limit", () => {
    expect(isTooOld(1_000, 1_000 + ASK_AFTER_MS)).toBe(false);
    expect(isTooOld(1_000, 1_001 + ASK_AFTER_MS)).toBe(true);
    expect(isTooOld(5_000, 1_000)).toBe(false);
  });
});
