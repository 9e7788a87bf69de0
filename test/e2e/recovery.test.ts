import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Account } from "../../src/api/account.ts";
import type { Status } from "../../src/api/status.ts";
import { eventually, type Homeport, link, type World, world } from "../harness/homeport.ts";

let place: World;
let home: Homeport;
let phone: Homeport;

beforeEach(async () => {
  place = await world();
  home = await place.machine("home");
  phone = await place.machine("phone");
  await home.json("init", "--name", "home", "--recovery-file", place.path("words"));
  await home.start();
  await link(home, phone);
  await phone.start();
  await phone.untilConnected(home);
});

afterEach(() => place[Symbol.asyncDispose]());

const why = ({ devices }: Account): Record<string, string> =>
  Object.fromEntries(devices.map((device) => [device.name, `${device.state} ${device.why.code}`]));

test("A5, A9: a stolen home PC is frozen from the phone, and out by the words; the phone goes on with a new device", async () => {
  await phone.json("device", "freeze", "home");
  await phone.untilConnected(home, false);
  expect(
    await phone.refusal("account", "recover", "--keep-all", "--words-file", place.path("words"), "--recovery-file", place.path("words")),
  ).toMatchObject({
    code: "recovery-file",
  });
  chmodSync(place.path("words"), 0o644);
  const recover = ["account", "recover", "--only-this", "--words-file", place.path("words"), "--recovery-file", place.path("words 2")];
  expect(await phone.refusal(...recover)).toMatchObject({ code: "open-file" });
  chmodSync(place.path("words"), 0o600);
  const watch = await phone.watch();
  const done = await phone.run(recover);
  expect(done.code).toBe(0);
  expect(why(JSON.parse(done.stdout) as Account)).toEqual({ home: "revoked not-kept", phone: "admitted kept" });
  for (const words of ["words", "words 2"]) {
    const text = readFileSync(place.path(words), "utf8").trim();
    expect(text.split(" ").length).toBe(24);
    for (const said of [done.stdout, done.stderr, phone.daemon.stderr]) expect(said).not.toContain(text.slice(0, 40));
  }
  await watch.until("notice", ({ event }: { event: string }) => event === "notice");
  expect((await phone.json<Status>("status")).notices).toMatchObject([{ code: "recovered" }]);
  expect(await phone.json("account", "acknowledge")).toEqual({ acknowledged: 1 });
  expect((await phone.json<Status>("status")).notices).toEqual([]);
  const again = await phone.refusal(
    "account",
    "rotate-recovery",
    "--words-file",
    place.path("words"),
    "--recovery-file",
    place.path("words 3"),
  );
  expect(again).toMatchObject({ code: "wrong-words" });
  const laptop = await place.machine("laptop");
  await link(phone, laptop);
  await laptop.start();
  await laptop.untilConnected(phone);
  expect((await laptop.json<Account>("account", "show")).recovery).toMatchObject({ set: true, epoch: 1, contested: false });
});

test("A5, B5: with an export and the words an empty folder becomes the account again, and what it keeps finds it", async () => {
  await phone.json("account", "export", place.path("account.json"));
  await home.stop();
  const fresh = await place.machine("fresh");
  const words = ["--words-file", place.path("words"), "--recovery-file", place.path("words 2")];
  writeFileSync(place.path("other words"), `${"abandon ".repeat(23)}art\n`, { mode: 0o600 });
  const from = ["account", "recover", "--from", place.path("account.json"), "--name", "fresh", "--keep", "phone"];
  expect(await fresh.refusal(...from, "--words-file", place.path("other words"), "--recovery-file", place.path("none"))).toMatchObject({
    code: "wrong-words",
  });
  await fresh.json(...from, ...words);
  await fresh.start();
  expect(why(await fresh.json<Account>("account", "show"))).toMatchObject({ fresh: "admitted kept", phone: "admitted kept" });
  await fresh.json("account", "export", place.path("new.json"));
  expect(await phone.json("account", "import", place.path("new.json"))).toEqual({ added: 2, waiting: 0 });
  await phone.untilConnected(fresh);
  await eventually("the old home is out", async () => (await phone.knows("home"))?.state === "revoked" || undefined);
});

test("C1: what a lost device let in goes with it where that is asked for, and is named where not", async () => {
  const friend = await place.machine("friend");
  await link(phone, friend);
  await eventually("home knows the friend", () => home.knows("friend"));
  const named = await home.json("device", "revoke", "phone", "--lost-since", "2020-01-01");
  expect(named).toMatchObject({ state: "revoked", also: [], sponsored: [{ name: "friend" }] });
  const both = await home.json("device", "revoke", "phone", "--also", "friend");
  expect(both).toMatchObject({ state: "revoked", also: [{ state: "revoked" }], sponsored: [] });
  await phone.untilConnected(home, false);
});
