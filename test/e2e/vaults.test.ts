import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceRow } from "../../src/api/device.ts";
import type { Status } from "../../src/api/status.ts";
import { type Keyring, gnomeKeyring } from "../servers/gnome-keyring.ts";
import { requireServer } from "../servers/require-server.ts";
import { systemdProgram } from "../servers/systemd.ts";
import { eventually, type Homeport, link, refusalOf, type World, world } from "../harness/homeport.ts";

const keyrings = await requireServer("keyring");
const systemd = await requireServer("systemd");

interface VaultRow {
  vault: string;
  protects: string;
  locked: boolean;
  unlocksFromAfar: boolean;
}

let place: World;
beforeAll(async () => {
  place = await world();
});
afterAll(() => place[Symbol.asyncDispose]());

function secretFile(name: string, text: string): string {
  const path = place.path(name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** With an environment of its own, which the daemon needs too. */
async function answers(machine: Homeport, env: Record<string, string>, ...args: string[]): Promise<Record<string, unknown>> {
  const ended = await machine.run(args, { env });
  if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

async function running(machine: Homeport, env: Record<string, string>, ...options: string[]) {
  const daemon = machine.stream(["start", "--http", "off", "--no-mdns", "--listen", machine.listen, ...options], { env });
  await daemon.until("first line", () => true);
  return daemon;
}

describe.skipIf(!keyrings.ok)("R1: the desktop's keyring (a real gnome-keyring-daemon)", () => {
  let desktop: Keyring;
  beforeAll(async () => {
    desktop = await gnomeKeyring();
  });
  afterAll(() => desktop[Symbol.asyncDispose]());

  test("keeps the key: nothing beside the database opens it; without the login it stays shut, and opens again after it", async () => {
    const machine = await place.machine("keyring");
    await answers(machine, desktop.env, "init", "--no-recovery", "--vault", "keyring");
    expect(readdirSync(machine.data)).toEqual(["homeport.db"]);
    let daemon = await running(machine, desktop.env);
    expect((await machine.json<Status>("status")).vault).toMatchObject({ vault: "keyring", protects: expect.stringContaining("login") });
    await daemon.stop();
    await desktop.logOut();
    const shut = refusalOf(await machine.run(["start", "--http", "off", "--no-mdns"], { env: desktop.env }), "start");
    expect(shut).toMatchObject({ exit: 1, code: "locked-vault", message: expect.stringMatching(/keyring.*unlock/i) });
    await desktop.logIn();
    daemon = await running(machine, desktop.env);
    await daemon.stop();
  });

  test("a session without a Secret Service is refused, and never falls back to a keyring that forgets", async () => {
    const machine = await place.machine("no-keyring");
    const { code } = refusalOf(await machine.run(["init", "--no-recovery", "--vault", "keyring"]), "init");
    expect([code, readdirSync(machine.data)]).toEqual(["locked-vault", []]);
  });

  test("a change to it and away from it leaves no key behind", async () => {
    const machine = await place.machine("changing");
    await answers(machine, desktop.env, "init", "--no-recovery");
    const daemon = await running(machine, desktop.env);
    const change = (...args: string[]) => answers(machine, desktop.env, "vault", "change", ...args);
    expect(await change("--vault", "keyring")).toMatchObject({ vault: "keyring" });
    expect(readdirSync(machine.data).filter((name) => name.endsWith(".key"))).toEqual([]);
    expect(await change("--vault", "keyring")).toMatchObject({ vault: "keyring" });
    expect(await change("--vault", "passphrase", "--passphrase-file", secretFile("phrase", "correct horse"))).toMatchObject({
      vault: "passphrase",
    });
    await daemon.stop();
    expect(refusalOf(await machine.run(["start", "--http", "off", "--no-mdns"], { env: desktop.env }), "start").code).toBe(
      "needs-terminal",
    );
    await (await running(machine, {}, "--passphrase-file", place.path("phrase"))).stop();
  });
});

describe.skipIf(!systemd.ok)("R1: systemd-creds (the real program, with a host key in a temporary folder)", () => {
  let env: Record<string, string>;
  beforeAll(async () => {
    const program = await systemdProgram(place.folder, "systemd-creds");
    env = { HOMEPORT_SYSTEMD_CREDS: program, SYSTEMD_CREDENTIAL_SECRET: place.path("credential.secret") };
  });

  test.skipIf(process.getuid?.() !== 0)("seals the key for this machine: another host key opens nothing", async () => {
    const machine = await place.machine("systemd");
    await answers(machine, env, "init", "--no-recovery", "--vault", "systemd");
    const [sealed = ""] = readdirSync(machine.data).filter((name) => name.endsWith(".cred"));
    expect(sealed).toMatch(/^homeport-[0-9a-f]{16}\.cred$/);
    const daemon = await running(machine, env);
    const { vault } = await machine.json<Status>("status");
    expect(vault.protects).toMatch(/TPM/);
    await daemon.stop();
    const elsewhere = { ...env, SYSTEMD_CREDENTIAL_SECRET: place.path("other.secret") };
    expect(refusalOf(await machine.run(["start", "--http", "off", "--no-mdns"], { env: elsewhere }), "start").code).toBe("locked-vault");
    // As a service gets it that says LoadCredentialEncrypted=: opened by the manager, by the name of the file.
    const folder = place.path("credentials");
    mkdirSync(folder, { mode: 0o700 });
    const name = sealed.replace(".cred", "");
    const program = env["HOMEPORT_SYSTEMD_CREDS"] as string;
    execFileSync(program, ["decrypt", `--name=${name}`, join(machine.data, sealed), join(folder, name)], {
      env: { ...process.env, ...env },
    });
    await (await running(machine, { CREDENTIALS_DIRECTORY: folder, HOMEPORT_SYSTEMD_CREDS: "/nonexistent" })).stop();
  });

  test("a machine without systemd-creds says so, and nothing is made", async () => {
    const machine = await place.machine("no-systemd");
    const none = { HOMEPORT_SYSTEMD_CREDS: "/nonexistent/systemd-creds" };
    const refusal = refusalOf(await machine.run(["init", "--no-recovery", "--vault", "systemd"], { env: none }), "init");
    expect(refusal).toMatchObject({ code: "locked-vault", message: expect.stringContaining("no systemd-creds") });
    expect(readdirSync(machine.data)).toEqual([]);
  });
});

describe("lock and unlock", () => {
  let home: Homeport;
  let phone: Homeport;
  let passphrase: string;
  let wrong: string;

  beforeAll(async () => {
    passphrase = secretFile("passphrase", "correct horse\n");
    wrong = secretFile("wrong", "battery staple");
    home = await place.machine("home");
    phone = await place.machine("phone");
    await home.init("--vault", "passphrase", "--passphrase-file", passphrase);
    await home.start("--passphrase-file", passphrase);
    await link(home, phone);
    await phone.start();
    await phone.untilConnected(home);
  });

  const lockedState = async () => (await home.json<VaultRow>("vault", "show")).locked;

  test("a locked daemon answers `locked` to all but status, vault show and unlock; streams end; other devices see it gone", async () => {
    const watching = await home.watch();
    expect(await home.json("lock")).toEqual({ locked: true });
    const { code, stderr } = await watching.ended;
    expect([code, JSON.parse(stderr)]).toMatchObject([1, { code: "locked" }]);
    for (const command of [["chats"], ["device", "list"], ["outbox"], ["bridge", "list"], ["vault", "change", "--vault", "file"]])
      expect(await home.refusal(...command)).toMatchObject({ exit: 1, code: "locked" });
    expect(await home.json<Status>("status")).toMatchObject({ locked: true, peers: [], device: home.device });
    await phone.untilConnected(home, false);
    expect(await home.refusal("unlock", "--passphrase-file", wrong)).toMatchObject({ code: "locked-vault" });
    expect(await home.json("unlock", "--passphrase-file", passphrase)).toEqual({ locked: false });
    await phone.untilConnected(home);
  });

  test("an own device unlocks it from afar, by the passphrase alone", async () => {
    await home.json("lock");
    expect(await phone.refusal("device", "unlock", "home", "--passphrase-file", wrong)).toMatchObject({ code: "wrong-passphrase" });
    expect(await lockedState()).toBe(true);
    const unlocked = await phone.json<{ device: string; address: string }>("device", "unlock", "home", "--passphrase-file", passphrase);
    expect(unlocked).toMatchObject({ device: home.device, locked: false, address: home.listen });
    expect(await home.json("chats")).toHaveLength(1);
    await phone.untilConnected(home);
  });

  test("after a power cut it starts locked by itself, and is unlocked from afar", async () => {
    await home.kill();
    const ready = await home.start("--locked");
    expect(ready).toMatchObject({ locked: true, device: home.device });
    await phone.json("device", "unlock", "home", "--passphrase-file", passphrase);
    expect((await home.json<Status>("status")).locked).toBe(false);
    await phone.untilConnected(home);
  });

  test("a frozen device is not sent a passphrase: whoever stole it may be waiting for it", async () => {
    await home.json("lock");
    await phone.json("device", "freeze", "home");
    expect(await phone.refusal("device", "unlock", "home", "--passphrase-file", passphrase)).toMatchObject({ code: "not-allowed" });
    await phone.json("device", "unfreeze", "home");
    await phone.json("device", "unlock", "home", "--passphrase-file", passphrase);
    await phone.untilConnected(home);
  });

  test("while it is locked, neither its own key nor another device's opens anything but the door", async () => {
    const before = (await home.json<Status>("status")).addresses[0]?.split("/p2p/")[1];
    await home.json("lock");
    const after = (await home.json<Status>("status")).addresses[0]?.split("/p2p/")[1];
    expect(after).not.toBe(before);
    const rows = await phone.json<DeviceRow[]>("device", "list");
    expect(rows.find(({ name }) => name === "home")).toMatchObject({ online: false });
    await home.json("unlock", "--passphrase-file", passphrase);
    await phone.untilConnected(home);
  });

  test("with another vault it cannot be unlocked from afar, and the phone learns so", async () => {
    await home.json("vault", "change", "--vault", "file");
    const refused = await eventually("the phone knows", async () => {
      const ended = await phone.run(["device", "unlock", "home", "--passphrase-file", passphrase]);
      const refusal = refusalOf(ended, "device unlock");
      return refusal.code === "not-found" ? refusal : undefined;
    });
    expect(refused.message).toMatch(/vault/);
    await home.json("lock");
    expect(await home.json("unlock")).toEqual({ locked: false });
  });

  test("K4: the log of the daemon names no passphrase", () => {
    expect(home.daemon.stderr).not.toMatch(/correct horse|battery staple/);
    expect(readFileSync(passphrase, "utf8")).toContain("correct horse");
  });
});
