import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CliProcess, refusalOf, type World, world } from "../harness/homeport.ts";

let place: World;
beforeAll(async () => {
  place = await world();
});
afterAll(() => place[Symbol.asyncDispose]());

describe("init", () => {
  test("prints account, device and fingerprint, and never the recovery words", async () => {
    const machine = await place.machine("words");
    const file = place.path("words.txt");
    const { code, stdout, stderr } = await machine.run(["init", "--name", "home", "--recovery-file", file]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(["account", "device", "fingerprint"]);
    const words = readFileSync(file, "utf8").trim().split(/\s+/);
    expect(words).toHaveLength(24);
    for (const word of words) expect(stdout.split(/[^a-z]+/)).not.toContain(word);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(filesWith(machine.data, words.slice(0, 3).join(" "))).toEqual([]);
  });

  test("shows the words on a terminal, and only there", async () => {
    const machine = await place.machine("terminal");
    const answer = place.path("answer.json");
    const command = `'${process.execPath}' '${BIN}' init --json --data '${machine.data}' > '${answer}'`;
    const { code, stdout: screen } = await new CliProcess([], { env: place.env, command: ["script", "-qec", command, "/dev/null"] }).ended;
    expect(code).toBe(0);
    const shown = screen.split(/\s+/).filter((word) => /^[a-z]{3,8}$/.test(word));
    expect(shown.length).toBeGreaterThanOrEqual(24);
    expect(Object.keys(JSON.parse(readFileSync(answer, "utf8"))).sort()).toEqual(["account", "device", "fingerprint"]);
  });

  test("without a terminal it says which option to give, and makes nothing", async () => {
    const machine = await place.machine("blind");
    expect(await machine.refusal("init")).toMatchObject({
      exit: 1,
      code: "needs-terminal",
      message: expect.stringContaining("--recovery-file"),
    });
    expect(existsSync(join(machine.data, "homeport.db"))).toBe(false);
  });

  test("refuses an existing profile, and leaves it as it is", async () => {
    const machine = await place.machine("twice");
    const first = await machine.init();
    expect(await machine.refusal("init", "--no-recovery")).toMatchObject({ exit: 1, code: "exists" });
    expect((await machine.start()).account).toBe(first.account);
    await machine.stop();
  });

  test("R1: all of the data folder can be read by its user alone", async () => {
    const machine = await place.machine("modes");
    await machine.init();
    expect(statSync(machine.data).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(machine.data)) {
      const { mode } = statSync(join(machine.data, name));
      expect(`${name} ${(mode & 0o077).toString(8)}`).toBe(`${name} 0`);
    }
  });

  test("a keyring that nobody answers for is refused, and nothing is left behind", async () => {
    const machine = await place.machine("keyring");
    expect(await machine.refusal("init", "--no-recovery", "--vault", "keyring")).toMatchObject({ exit: 1, code: "locked-vault" });
    expect(existsSync(join(machine.data, "homeport.db"))).toBe(false);
  });
});

describe("R1: the vault of a passphrase", () => {
  test("opens with the passphrase alone", async () => {
    const machine = await place.machine("sealed");
    const right = secretFile("right", "correct horse battery staple\n");
    const wrong = secretFile("wrong", "incorrect horse\n");
    const made = await machine.init("--passphrase-file", right);
    expect(existsSync(join(machine.data, "vault.key"))).toBe(false);

    const without = machine.stream(["start", "--http", "off", "--listen", machine.listen]);
    expect(refusalOf(await without.ended, "start")).toMatchObject({ exit: 1, code: "needs-terminal" });
    const refused = machine.stream(["start", "--http", "off", "--listen", machine.listen, "--passphrase-file", wrong]);
    expect(refusalOf(await refused.ended, "start")).toMatchObject({ exit: 1, code: "locked-vault" });

    expect(await machine.start("--passphrase-file", right)).toMatchObject({ account: made.account, device: made.device });
    expect(machine.daemon.stderr).not.toContain("horse");
    await machine.stop();
  });

  test("no part of the passphrase, and no key in the clear, is in the folder", async () => {
    const machine = await place.machine("at-rest");
    await machine.init("--passphrase-file", secretFile("secret", "tulip mahogany"));
    expect(filesWith(machine.data, "tulip")).toEqual([]);
  });

  test("a passphrase file that is not there is said so", async () => {
    const machine = await place.machine("no-file");
    const refused = await machine.refusal("init", "--no-recovery", "--passphrase-file", place.path("nowhere"));
    expect(refused).toMatchObject({ exit: 1, message: expect.stringContaining("nowhere") });
    expect(existsSync(join(machine.data, "homeport.db"))).toBe(false);
  });
});

const BIN = fileURLToPath(new URL("../../bin/homeport.js", import.meta.url));

function secretFile(name: string, content: string): string {
  const path = place.path(`${name}.txt`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** Files below a folder that hold the text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
