import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HomeportError } from "../../sync/errors.ts";
import { hasProfile, noProfile, openDatabase } from "../profile-store.ts";
import { credentialFile } from "../vault/systemd-vault.ts";
import { VaultRows } from "../vault/rows.ts";
import { MARK, unitText } from "./unit.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface ServiceOptions {
  /** Data folder, absolute. */
  data: string;
  /** The folder is the platform's, so that the unit needs no name of its own. */
  usual: boolean;
  system: boolean;
  /** Whom a system unit runs as. */
  user?: string | undefined;
  /** Absolute. */
  passphraseFile?: string | undefined;
  /** Start it now, beside at every boot or login. */
  start: boolean;
  env: Env;
}

export interface ServiceResult {
  unit: string;
  /** Of the unit's file. */
  path: string;
  scope: "user" | "system";
  started: boolean;
  /** What the person should know or do; sentences. */
  notes: string[];
}

/** Writes the unit, and has systemd start it. Throws `unsupported`, `no-profile`, `exists`, `forbidden`, `service-failed`. */
export async function installService(options: ServiceOptions): Promise<ServiceResult> {
  const { data, system, start, env } = options;
  const { unit, path, scope } = placeOf(options);
  await systemctl(options, ["--version"]);
  if (!(await hasProfile(data))) throw noProfile(data);
  const vault = await vaultOf(data);
  const user = system ? (options.user ?? "homeport") : undefined;
  const credential = vault?.kind === "systemd" ? credentialFile(data, vault.wrapped) : undefined;
  const text = unitText({ scope, command: thisProgram(), data, user, passphraseFile: options.passphraseFile, credential, docs: docs() });
  await writeUnit(path, `${MARK}\n\n${text}`);
  await systemctl(options, ["daemon-reload"]);
  await systemctl(options, ["enable", ...(start ? ["--now"] : []), unit]);
  return { unit, path, scope, started: start, notes: notesFor(options, vault?.kind, env) };
}

/** Stops it and takes the unit away; the data stays. Throws `not-found` where there is none of ours. */
export async function removeService(options: Omit<ServiceOptions, "start">): Promise<Omit<ServiceResult, "notes" | "started">> {
  const { unit, path, scope } = placeOf(options);
  if (!isOurs(path)) throw new HomeportError("not-found", `There is no service of Homeport's making at ${path}.`);
  await systemctl(options, ["disable", "--now", unit]);
  await rm(path);
  await systemctl(options, ["daemon-reload"]);
  return { unit, path, scope };
}

/** Where the unit of a data folder lies, and whether it is there. */
export function serviceOf(options: Pick<ServiceOptions, "data" | "usual" | "env">): { path: string; installed: boolean }[] {
  return [true, false].map((system) => {
    const { path } = placeOf({ ...options, system });
    return { path, installed: isOurs(path) };
  });
}

function placeOf({ data, usual, system, env }: Pick<ServiceOptions, "data" | "usual" | "system" | "env">) {
  const name = usual ? "homeport" : `homeport-${createHash("sha256").update(data).digest("hex").slice(0, 8)}`;
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  const folder = system ? "/etc/systemd/system" : join(config, "systemd", "user");
  const unit = `${name}.service`;
  return { unit, path: join(folder, unit), scope: system ? ("system" as const) : ("user" as const) };
}

const isOurs = (path: string): boolean => existsSync(path) && readFileSync(path, "utf8").startsWith(MARK);

async function writeUnit(path: string, text: string): Promise<void> {
  if (existsSync(path) && !isOurs(path))
    throw new HomeportError(
      "exists",
      `${path} is there and not of Homeport's making. Remove it, or keep it and manage the service yourself.`,
    );
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, text);
    await chmod(`${path}.new`, 0o644);
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new HomeportError("forbidden", `${path} cannot be written. A service of the whole system is installed by root.`, { cause });
  }
}

async function vaultOf(data: string) {
  const sql = await openDatabase(data);
  try {
    return new VaultRows(sql).current();
  } finally {
    sql.close();
  }
}

/** This Node and this installation, whatever PATH says at boot. */
const thisProgram = (): string[] => [process.execPath, realpathSync(join(root(), "bin", "homeport.js"))];
const root = (): string => join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const docs = (): string => join(realpathSync(root()), "docs", "README.md");

function notesFor({ system, passphraseFile }: ServiceOptions, vault: string | undefined, env: Env): string[] {
  const user = env.USER ?? "$USER";
  return [
    ...(system ? [] : [`A user's services end when the user logs out. Run \`loginctl enable-linger ${user}\` to keep them, from boot on.`]),
    ...(vault === "passphrase" && passphraseFile === undefined
      ? ["It starts locked: open it by `homeport unlock`, or by `homeport device unlock` on another of your devices."]
      : []),
    ...(vault === "keyring"
      ? ["The keyring opens when you log in to the desktop: until then the service is locked; `homeport unlock` tries again."]
      : []),
  ];
}

function systemctl({ system, env }: Pick<ServiceOptions, "system" | "env">, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = [...(system ? [] : ["--user"]), ...args];
    execFile("systemctl", all, { env: { ...env }, timeout: 120_000 }, (error, _, stderr) => {
      if (!error) return resolve();
      if (error.code === "ENOENT")
        return reject(
          new HomeportError("unsupported", "There is no systemd on this machine. Have `homeport start` run by what starts programs here."),
        );
      const line = stderr.trim().split("\n").at(-1)?.slice(0, 300) || error.message.slice(0, 300);
      reject(new HomeportError("service-failed", `systemctl ${args.join(" ")}: ${line}`));
    });
  });
}
