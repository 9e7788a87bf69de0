import { dirname, join, resolve } from "node:path";
import { HomeportError } from "../sync/errors.ts";
import type { BackupSettings } from "./backup/backups.ts";
import { readConfigFile, wordsOf } from "./config-file.ts";
import { type ConfigFile, configFileSchema } from "./config-schema.ts";
import { bytesOf } from "./byte-size.ts";
import { configFolder, dataFolder, type Environment, namedDataFolder } from "./folders.ts";

export interface HttpAddress {
  host: string;
  /** 0: a free one. */
  port: number;
}

/** What the daemon is told. It holds no secret, only the path of one. */
export interface Config {
  /** Folder of the profile, absolute. */
  data: string;
  /** The configuration file that was read, absolute. */
  file: string | undefined;
  /** Undefined: the machine's name. */
  name: string | undefined;
  /** Multiaddrs; undefined: a free port, chosen once and kept. */
  listen: string[] | undefined;
  http: HttpAddress | "off";
  /** Where the node's own HTTPS listens, if the address for phones needs it. */
  https: HttpAddress;
  /** UDP port for webrtc-direct. */
  webrtc: number | "off";
  /** Carry connections between own devices. */
  relay: boolean;
  /** Multiaddrs of own devices that carry connections to this one. */
  relayAt: string[];
  mdns: boolean;
  /** Multiaddrs of own devices. */
  peers: string[];
  /** Absolute. */
  passphraseFile: string | undefined;
  logLevel: "error" | "warn" | "info" | "debug";
  /** Bytes that copies of files from other devices may take. */
  fileQuota: number;
  /** Files up to so many bytes come without being asked for. */
  autoFetch: number;
  /** Absolute; undefined: standard error. */
  logFile: string | undefined;
  metrics: HttpAddress | "off";
  backup: BackupSettings;
  /** RFC 8292: whom a push service can write to. */
  pushContact: string;
}

/** Options of the command line; undefined where not given. */
export interface ConfigFlags {
  name?: string | undefined;
  listen?: string[] | undefined;
  http?: string | undefined;
  https?: string | undefined;
  webrtc?: string | undefined;
  relay?: boolean | undefined;
  relayAt?: string[] | undefined;
  mdns?: boolean | undefined;
  peer?: string[] | undefined;
  passphraseFile?: string | undefined;
  logLevel?: string | undefined;
  logFile?: string | undefined;
  metrics?: string | undefined;
}

export interface ConfigSources {
  /** `--data`; wins over `HOMEPORT_DATA` of `env`. */
  data?: string | undefined;
  /** `--config`: must be there. Else `config.toml` of the data folder, else, unless a data folder was named, of the person's. */
  configFile?: string | undefined;
  env: Environment;
  flags: ConfigFlags;
}

/**
 * Defaults, then the configuration file, then the flags. Throws a `HomeportError` of code `bad-config` whose message names
 * the file and line, or the flag, and says what to do.
 */
export function loadConfig({ data, configFile, env, flags }: ConfigSources): Config {
  const folder = dataFolder(data, env);
  const { file, settings } = fromFile(configFile, folder, namedDataFolder(data, env) === undefined);
  const { "passphrase-file": passphraseFile, "log-file": logFile, ...given } = fromFlags(flags);
  const merged = { ...settings, ...given };
  return {
    data: folder,
    file,
    name: merged.name,
    listen: merged.listen,
    http: parseHttp(merged.http ?? ":0"),
    https: parseHttp(merged.https ?? "0.0.0.0:8443") as HttpAddress,
    webrtc: merged.webrtc === undefined || merged.webrtc === "off" ? "off" : Number(merged.webrtc),
    relay: merged.relay ?? false,
    relayAt: merged["relay-at"] ?? [],
    mdns: merged.mdns ?? true,
    peers: merged.peer ?? [],
    passphraseFile: pathOf(passphraseFile, process.cwd()) ?? pathOf(settings["passphrase-file"], dirname(file ?? folder)),
    logLevel: merged["log-level"] ?? "info",
    fileQuota: bytesOf(merged["file-quota"] ?? "10 GiB"),
    autoFetch: bytesOf(merged["auto-fetch"] ?? "10 MiB"),
    logFile: pathOf(logFile, process.cwd()) ?? pathOf(settings["log-file"], dirname(file ?? folder)),
    metrics: parseHttp(merged.metrics ?? "off"),
    pushContact: merged["push-contact"] ?? "mailto:homeport@example.com",
    backup: {
      schedule: settings.backup?.schedule,
      folder: pathOf(settings.backup?.folder, dirname(file ?? folder)) ?? join(folder, "backups"),
      keep: settings.backup?.keep ?? 7,
      files: settings.backup?.files ?? false,
    },
  };
}

function fromFile(named: string | undefined, data: string, everywhere: boolean): { file: string | undefined; settings: ConfigFile } {
  const places =
    named === undefined ? [data, ...(everywhere ? [configFolder()] : [])].map((folder) => join(folder, "config.toml")) : [resolve(named)];
  for (const file of places) {
    const settings = readConfigFile(file, { optional: named === undefined });
    if (settings) return { file, settings };
  }
  return { file: undefined, settings: {} };
}

/** Only those that were given. */
function fromFlags({ passphraseFile, logLevel, logFile, relayAt, ...rest }: ConfigFlags): ConfigFile {
  const named = { "passphrase-file": passphraseFile, "log-level": logLevel, "log-file": logFile, "relay-at": relayAt };
  const given = Object.entries({ ...rest, ...named }).filter(([, value]) => value !== undefined);
  const result = configFileSchema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HomeportError("bad-config", `--${String(issue?.path[0] ?? "")}: ${issue ? wordsOf(issue) : "does not fit"}.`);
}

/** `text` fits the schema. */
function parseHttp(text: string): HttpAddress | "off" {
  if (text === "off") return text;
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host: host === "" ? "127.0.0.1" : host, port: Number(text.slice(colon + 1)) };
}

const pathOf = (path: string | undefined, base: string): string | undefined => (path === undefined ? undefined : resolve(base, path));
