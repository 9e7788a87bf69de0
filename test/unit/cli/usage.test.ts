import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failure, json, runCli } from "./run-cli.ts";

const NOWHERE = join(tmpdir(), "homeport-there-is-nothing-here");

/** The public list: commands may be added, none may go. */
const COMMANDS = [
  "init",
  "start",
  "status",
  "doctor",
  "device link",
  "device join",
  "device confirm",
  "device list",
  "device revoke",
  "device freeze",
  "device unfreeze",
  "bridge networks",
  "bridge add",
  "bridge list",
  "bridge open",
  "bridge close",
  "bridge remove",
  "bridge start",
  "bridge members",
  "bridge commands",
  "bridge command",
  "chats",
  "send",
  "outbox",
  "outbox resend",
  "outbox settle",
  "read",
  "watch",
  "completion",
];

/** Options that scripts use. */
const OPTIONS: Record<string, string[]> = {
  init: ["--name", "--vault", "--passphrase-file", "--recovery", "--recovery-file"],
  start: ["--listen", "--http", "--mdns", "--peer", "--passphrase-file", "--name"],
  "device link": ["--yes", "--timeout"],
  "device join": ["--name"],
  "bridge add": ["--set", "--secret", "--wait"],
  "bridge open": ["--wait"],
  send: ["--min-label", "--reply-to", "--wait"],
  read: ["--limit", "--before", "--mark"],
  watch: ["--after"],
};

describe("help", () => {
  test.each(COMMANDS)("%s --help says what it does and takes --data, --json and --timeout", async (command) => {
    const { code, stdout, stderr } = await runCli([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`homeport ${command}`);
    for (const option of ["--data", "--json", "--timeout", ...(OPTIONS[command] ?? [])]) expect(stdout).toContain(option);
  });

  test("--version prints the version of the package", async () => {
    expect((await runCli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  test("the language of the person does not change what scripts read", async () => {
    expect((await runCli(["--help"], { env: { LC_ALL: "de_DE.UTF-8" } })).stdout).toContain("Commands:");
  });
});

describe("usage errors exit 2 with a sentence, before any daemon is asked", () => {
  test.each([
    [[]],
    [["sned"]],
    [["device"]],
    [["bridge"]],
    [["outbox", "foo"]],
    [["send", "con_1"]],
    [["send", "con_1", "a", "b"]],
    [["send", "con_1", ""]],
    [["send", "con_1", "a", "--min-label", "best"]],
    [["send", "con_1", "a", "--bogus"]],
    [["send", "con_1", "a", "--reply-to", "x", "--reply-to", "y"]],
    [["status", "--timeout", "0"]],
    [["status", "--timeout", "soon"]],
    [["status", "--timeout"]],
    [["status", "--data"]],
    [["read", "con_1", "--limit", "0"]],
    [["read", "con_1", "--limit", "1.5"]],
    [["bridge", "add", "irc", "--set", "host"]],
    [["bridge", "add", "irc", "--set", "a=1", "--set", "a=2"]],
    [["bridge", "add", "irc", "--secret", "password=hunter2"]],
    [["init", "--vault", "drawer"]],
    [["init", "--no-recovery", "--recovery-file", "f"]],
    [["completion", "tcsh"]],
  ])("%j", async (args) => {
    const ended = await runCli([...args, "--json"], { data: NOWHERE });
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    const error = failure(ended);
    expect(error.code).toBe("usage");
    expect(error.message).toMatch(/\.$/);
    expect(Object.keys(error)).toEqual(["code", "message"]);
    const plain = await runCli(args, { data: NOWHERE });
    expect([plain.code, plain.stdout, plain.stderr]).toEqual([2, "", `${error.message}\n`]);
  });

  test("a secret on the command line is refused with the reason, and is not repeated", async () => {
    const ended = await runCli(["bridge", "add", "irc", "--secret", "password=hunter2"], { data: NOWHERE });
    expect(ended.stderr).toMatch(/history.*--secret password=@FILE/);
    expect(ended.stderr).not.toContain("hunter2");
  });
});

describe("without a daemon", () => {
  test.each([
    ["status"],
    ["chats"],
    ["bridge list"],
    ["device list"],
    ["watch"],
    ["read con_1"],
    ["send con_1 hi"],
    ["outbox"],
    ["device link"],
    ["device confirm 123456"],
  ])("%s exits 3 with the code no-daemon", async (command) => {
    const ended = await runCli([...command.split(" "), "--json"], { data: NOWHERE });
    expect([ended.code, ended.stdout, failure(ended).code]).toEqual([3, "", "no-daemon"]);
  });

  test("--data wins over HOMEPORT_DATA, and the error names the folder", async () => {
    const ended = await runCli(["status", "--data", join(NOWHERE, "a")], { data: join(NOWHERE, "b") });
    expect(ended.stderr).toContain(join(NOWHERE, "a"));
  });

  test("without either, the data folder is that of XDG", async () => {
    const ended = await runCli(["status"], { env: { XDG_DATA_HOME: "/nonexistent/xdg" } });
    expect(ended.stderr).toContain(join("/nonexistent/xdg", "homeport"));
  });

  test("doctor prints what it could check, and exits 3", async () => {
    const ended = await runCli(["doctor", "--json"], { data: NOWHERE });
    expect(ended.code).toBe(3);
    expect(json(ended)).toEqual(
      expect.arrayContaining([expect.objectContaining({ check: "daemon", ok: false, fix: expect.any(String) as string })]),
    );
    expect(failure(ended).code).toBe("no-daemon");
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("a script for %s", async (shell) => {
    const { code, stdout } = await runCli(["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toContain("--get-yargs-completions");
  });

  test("the shell is that of the person where none is named", async () => {
    expect((await runCli(["completion"], { env: { SHELL: "/usr/bin/fish" } })).stdout).toContain("complete -c homeport");
  });

  test("commands, options and their values are completed, with descriptions where the shell shows them", async () => {
    const complete = async (words: string[], env = {}) =>
      (await runCli(["--get-yargs-completions", "homeport", ...words], { env })).stdout.split("\n");
    expect(await complete([""])).toEqual(expect.arrayContaining(["init", "watch", "completion"]));
    expect(await complete(["device", ""])).toEqual(expect.arrayContaining(["link", "revoke", "unfreeze"]));
    expect(await complete(["send", "con_1", "x", "--min-label", ""])).toEqual(expect.arrayContaining(["plaintext", "server-reads"]));
    expect(await complete(["bridge", "add", "irc", "--s"])).toEqual(expect.arrayContaining(["--set", "--secret"]));
    expect(await complete([""], { SHELL: "zsh" })).toEqual(expect.arrayContaining(["chats:List the conversations"]));
    expect(await complete([""], { SHELL: "fish" })).toEqual(expect.arrayContaining(["chats\tList the conversations"]));
  });

  test("bash takes the script and completes by it", async () => {
    const { spawnSync } = await import("node:child_process");
    const { fileURLToPath } = await import("node:url");
    const bin = fileURLToPath(new URL("../../../bin/homeport.js", import.meta.url));
    const script = `homeport() { ${JSON.stringify(process.execPath)} ${JSON.stringify(bin)} "$@"; }; source <(homeport completion bash)
      COMP_WORDS=(homeport device re); COMP_CWORD=2; _homeport; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(homeport bri); COMP_CWORD=1; _homeport; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["revoke\nbridge\n", ""]);
  });
});
