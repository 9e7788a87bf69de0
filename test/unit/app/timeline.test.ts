import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/api/messages.ts";
import { dividersOf } from "../../../src/app/state/dividers.ts";
import { append, change, EMPTY, MOST_LOADED, prepend, put, replace, trimEnd, trimStart } from "../../../src/app/state/timeline.ts";

const message = (n: number, more: Partial<Message> = {}): Message =>
  ({
    id: `m${n}`,
    order: String(n).padStart(6, "0"),
    text: `text ${n}`,
    ts: n,
    arrived: n,
    label: "plaintext",
    trust: null,
    ...more,
  }) as Message;
const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => message(from + i));
const ids = ({ messages }: { messages: readonly Message[] }) => messages.map(({ id }) => id);

describe("the loaded part of a conversation", () => {
  test("older and newer pages meet without a repetition", () => {
    const middle = replace(EMPTY, { messages: some(10, 20), more: true, newer: true });
    const whole = append(prepend(middle, some(5, 12), true), some(18, 25), false);
    expect(ids(whole)).toEqual(some(5, 25).map(({ id }) => id));
    expect(whole).toMatchObject({ more: true, newer: false, shift: false });
  });

  test("a message that comes in stands at its place, and only where its neighbours are loaded", () => {
    const end = replace(EMPTY, { messages: some(10, 20), more: true, newer: false });
    expect(ids(put(end, message(20))).at(-1)).toBe("m20");
    expect(ids(put(end, message(15.5, { id: "late", order: "000015x" }))).indexOf("late")).toBe(6);
    expect(ids(put(end, message(3)))).toEqual(ids(end));
    const middle = { ...end, newer: true };
    expect(ids(put(middle, message(30)))).toEqual(ids(middle));
    expect(ids(put({ ...EMPTY, more: false }, message(1)))).toEqual(["m1"]);
  });

  test("what comes twice is there once, as it is now", () => {
    const end = replace(EMPTY, { messages: some(0, 3), more: false, newer: false });
    const again = put(end, message(1, { text: "other" }));
    expect(ids(again)).toEqual(["m0", "m1", "m2"]);
    expect(again.messages[1]?.text).toBe("other");
  });

  test("answers show what they answer as it is now, or that it is gone", () => {
    const answer = message(2, { replyTo: "m1", quote: { from: "a", self: false, text: "text 1" } });
    const start = replace(EMPTY, { messages: [message(1), answer], more: false, newer: false });
    const edited = change(start, "m1", message(1, { text: "new" }));
    expect(edited.messages[1]?.quote?.text).toBe("new");
    const gone = change(edited, "m1", message(1, { text: "", deleted: true }));
    expect(gone.messages[1]).toMatchObject({ replyGone: "deleted" });
    expect(gone.messages[1]?.quote).toBeUndefined();
  });

  test("no more than so many stay loaded; what is given up can be loaded again", () => {
    const large = replace(EMPTY, { messages: some(0, MOST_LOADED + 1), more: false, newer: false });
    expect(trimEnd(large)).toMatchObject({ newer: true, more: false, shift: false });
    expect(trimEnd(large).messages.at(0)?.id).toBe("m0");
    expect(trimStart(large)).toMatchObject({ newer: false, more: true, shift: true });
    expect(trimStart(large).messages.at(-1)?.id).toBe(`m${MOST_LOADED}`);
    expect(trimEnd(EMPTY)).toBe(EMPTY);
  });
});

test("dividers stand where a day begins, where the unread ones begin, and where the label changes", () => {
  const day = (d: number) => new Date(2026, 0, d, 12).getTime();
  const messages = [
    message(1, { ts: day(1) }),
    message(2, { ts: day(1), label: "server-reads" }),
    message(3, { ts: day(2), label: "server-reads" }),
  ];
  expect(dividersOf(messages, "m3")).toEqual([
    { day: new Date(2026, 0, 1).getTime() },
    { label: { label: "server-reads", trust: null } },
    { day: new Date(2026, 0, 2).getTime(), unread: true },
  ]);
});
