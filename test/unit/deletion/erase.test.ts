import { afterEach, expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import type { StoredEntry } from "../../../src/sync/core.ts";
import { type FileDevice, fileDevice } from "./file-device.ts";

let made: FileDevice | undefined;

afterEach(() => made?.remove());

function write({ device }: FileDevice, count: number): StoredEntry[] {
  return device.transact((writer) =>
    Array.from({ length: count }, (_, n) => writer.append(device.ownLog.row, KIND.text, { text: `text ${n}`, style: "text" })),
  );
}

const sealedBody = ({ sql }: FileDevice, row: number) => sql.get<{ body: Uint8Array }>("select body from entry where row = ?", row)?.body;

test("E2, R2: an erased body, what it was sealed as and the key of its segment are in no file any more", async () => {
  made = await fileDevice();
  const entries = write(made, 700);
  const target = entries[300] as StoredEntry;
  const sealed = Buffer.from(sealedBody(made, target.row) as Uint8Array);
  const oldKey = Buffer.from(
    made.sql.get<{ key: Uint8Array }>("select s.key from segment s join entry e on e.segment = s.row where e.row = ?", target.row)
      ?.key as Uint8Array,
  );
  expect(made.files().includes(sealed)).toBe(true);
  expect(made.files().includes(oldKey)).toBe(true);
  made.device.transact((writer) => writer.erase([target.row]));
  expect(made.files().includes(sealed)).toBe(false);
  expect(made.files().includes(oldKey)).toBe(false);
  expect(made.device.body(target.row)).toBeUndefined();
  expect(made.device.entry(target.row)).toEqual(target);
  for (const entry of entries) if (entry !== target) expect(made.device.body(entry.row)).toMatchObject({ style: "text" });
});

test("R2: a segment whose bodies are all erased goes with its key, and writing goes on", async () => {
  made = await fileDevice();
  const entries = write(made, 600);
  const segments = () => made?.sql.get<{ n: number }>("select count(*) as n from segment")?.n ?? 0;
  const before = segments();
  made.device.transact((writer) => writer.erase(entries.map(({ row }) => row)));
  expect(segments()).toBeLessThan(before - 1);
  const [next] = write(made, 1);
  expect(made.device.body(next?.row ?? 0)).toMatchObject({ text: "text 0" });
});

test("E2: every component hears of an erased entry once, in the same transaction", async () => {
  const heard: number[] = [];
  made = await fileDevice([{ name: "listener", migrations: [], erased: (_, entry) => void heard.push(entry.seq) }]);
  const [first, second] = write(made, 2) as [StoredEntry, StoredEntry];
  made.device.transact((writer) => {
    writer.erase([first.row, second.row, first.row]);
    writer.erase([first.row]);
  });
  expect(heard.sort((a, b) => a - b)).toEqual([first.seq, second.seq]);
});
