import { spawn } from "node:child_process";
import { once } from "node:events";
import { HomeportError } from "../../sync/errors.ts";

/** From this version on, a user who is not root may ask the system for credentials of their own. */
const USER_CREDENTIALS = 256;
const MAX_OUTPUT = 64 * 1024;
const TIMEOUT_MS = 20_000;

interface Finished {
  code: number | null;
  stdout: Uint8Array;
  stderr: string;
}

/** `systemd-creds` as a program: `HOMEPORT_SYSTEMD_CREDS` names another one. Each throws `HomeportError` of code `locked-vault`. */
export class SystemdCreds {
  readonly #binary: string;
  readonly #env: NodeJS.ProcessEnv;
  #scope: Promise<readonly string[]> | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#binary = env.HOMEPORT_SYSTEMD_CREDS ?? "systemd-creds";
    this.#env = env;
  }

  async encrypt(name: string, secret: Uint8Array, key: "host" | "host+tpm2"): Promise<Uint8Array> {
    const args = ["encrypt", `--with-key=${key}`, `--name=${name}`, ...(await this.#userScope()), "-", "-"];
    return this.#succeed(args, secret, "could not seal the key");
  }

  async decrypt(name: string, sealed: Uint8Array): Promise<Uint8Array> {
    return this.#succeed(["decrypt", `--name=${name}`, ...(await this.#userScope()), "-", "-"], sealed, "could not open the key");
  }

  /** Whether firmware, driver and systemd all have a TPM 2. */
  async hasTpm(): Promise<boolean> {
    return (await this.#run(["has-tpm2", "--quiet"], new Uint8Array())).code === 0;
  }

  /** `--user` where this is not root; refused where systemd is too old for it. */
  #userScope(): Promise<readonly string[]> {
    this.#scope ??= this.#findScope();
    return this.#scope;
  }

  async #findScope(): Promise<readonly string[]> {
    if (process.getuid?.() === 0) return [];
    const { stdout } = await this.#run(["--version"], new Uint8Array());
    const version = Number(/^systemd (\d+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? 0);
    if (version >= USER_CREDENTIALS) return ["--user"];
    throw new HomeportError(
      "locked-vault",
      `systemd ${version || "here"} gives credentials to root alone; ${USER_CREDENTIALS} and newer to every user. Use another vault, or run Homeport as a system service that hands it the credential.`,
    );
  }

  async #succeed(args: readonly string[], input: Uint8Array, what: string): Promise<Uint8Array> {
    const { code, stdout, stderr } = await this.#run(args, input);
    if (code === 0) return stdout;
    const line = stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
    throw new HomeportError("locked-vault", `systemd-creds ${what}: ${line || `it ended with ${code ?? "a signal"}`}.`);
  }

  async #run(args: readonly string[], input: Uint8Array): Promise<Finished> {
    const child = spawn(this.#binary, args, {
      env: this.#env,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    const out: Uint8Array[] = [];
    let size = 0;
    let stderr = "";
    child.stdout.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) out.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-4096);
    });
    // A program that ends before it has read everything says why on its standard error.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [code] = (await once(child, "close").catch((error: unknown) => {
      throw notThere(error as NodeJS.ErrnoException);
    })) as [number | null];
    return { code, stdout: Uint8Array.from(Buffer.concat(out)), stderr };
  }
}

function notThere(error: NodeJS.ErrnoException): HomeportError {
  return new HomeportError(
    "locked-vault",
    error.code === "ENOENT"
      ? "There is no systemd-creds on this machine. Use another vault: file, passphrase or keyring."
      : `systemd-creds cannot be run (${error.code ?? "unknown error"}).`,
    { cause: error },
  );
}
