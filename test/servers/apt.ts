import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { closureOf } from "./package-sets.ts";
import { Unavailable } from "./unavailable.ts";

const run = promisify(execFile);
const RELEASE = "bookworm";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LISTS_MAX_AGE = 60 * 60 * 1000;
const HINT = "needs apt-get and dpkg, a Debian 12 mirror and the network; the image node:24-bookworm has all of it";

/** apt with a state of its own under `folder`: it reads the machine's sources and changes nothing of the machine. */
export class Apt {
  readonly #config: string;
  readonly #stamp: string;

  constructor(folder: string) {
    this.#config = join(folder, "apt.conf");
    this.#stamp = join(folder, "updated");
    for (const part of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, "status"), "");
    writeFileSync(this.#config, configuration(folder, sources(folder)));
  }

  /** Names of all packages that `packages` need, the base system's aside. */
  async closure(packages: readonly string[]): Promise<string[]> {
    const update = this.#isFresh() ? undefined : await this.#apt(["update", "--quiet=2"]);
    const { stdout } = await this.#apt(["--simulate", "install", "--yes", ...packages], { after: update?.stderr });
    if (update) writeFileSync(this.#stamp, "");
    return closureOf(stdout);
  }

  /** Downloads each package as a file into `folder`. */
  async download(packages: readonly string[], folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    await this.#apt(["download", "--quiet=2", ...packages], { cwd: folder });
  }

  #isFresh(): boolean {
    return existsSync(this.#stamp) && Date.now() - statSync(this.#stamp).mtimeMs < LISTS_MAX_AGE;
  }

  /** `after`: warnings of an update, which may explain a failure. A broken source of the machine alone is none: it may not be needed. */
  async #apt(
    args: string[],
    { cwd, after = "" }: { cwd?: string; after?: string | undefined } = {},
  ): Promise<{ stdout: string; stderr: string }> {
    const env = { ...process.env, LC_ALL: "C" };
    try {
      return await run("apt-get", ["--config-file", this.#config, ...args], { cwd, env, timeout: 300_000, maxBuffer: 1 << 26 });
    } catch (error) {
      throw new Unavailable(`apt-get ${String(args[0])} failed: ${lastWords(after)}${lastWords(stderrOf(error))}`, HINT, { cause: error });
    }
  }
}

/** An empty `status` makes apt compute the whole closure; the machine's hooks are cleared because they touch its own caches. */
function configuration(folder: string, sourceLines: string[]): string {
  return [
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    `Dir::State "${folder}";`,
    `Dir::State::lists "${folder}/lists";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Log "${folder}";`,
    'Debug::NoLocking "1";',
    'APT::Sandbox::User "root";',
    'APT::Install-Recommends "0";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "30";',
    'Acquire::https::Timeout "30";',
    ...sourceLines,
    "",
  ].join("\n");
}

/** On Debian 12 its own sources (they know the nearest mirror); elsewhere its release is pinned, as the recipes fit its versions. */
function sources(folder: string): string[] {
  if (readFileSync("/etc/os-release", "utf8").includes(`VERSION_CODENAME=${RELEASE}`)) return [];
  if (!existsSync(KEYRING)) throw new Unavailable(`no Debian keyring at ${KEYRING}`, "install debian-archive-keyring");
  const list = join(folder, "sources.list");
  writeFileSync(list, `deb [signed-by=${KEYRING}] http://deb.debian.org/debian ${RELEASE} main\n`);
  return [`Dir::Etc::sourcelist "${list}";`, 'Dir::Etc::sourceparts "/dev/null";'];
}

function stderrOf(error: unknown): string {
  return error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
}

function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-3)
    .map((line) => `${line}; `)
    .join("");
}
