import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { certificates, type Leaf } from "./certs.ts";
import { isRoot, UNPRIVILEGED } from "./folders.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { DOMAIN, type ProsodySettings, prosodyConfig } from "./prosody-config.ts";
import { libraryPath, provision, triplet } from "./provision.ts";

export interface ProsodyOptions extends Partial<Omit<ProsodySettings, "folder" | "modules" | "ports">> {
  /** Default: the trusted one for the right names. */
  certificate?: Leaf | undefined;
  /** Of the connection in the clear at first; default: a free one. */
  port?: number | undefined;
}

interface Ports {
  starttls: number;
  tls: number;
  http: number;
}

/** Prosody 0.12 on 127.0.0.1 for the domain example.test: MUC, archives, carbons, stream management, HTTP upload. */
export class Prosody extends ServerProcess {
  readonly host = "127.0.0.1";
  readonly domain = DOMAIN;
  /** In the clear at first. */
  readonly port: number;
  readonly tlsPort: number;
  readonly httpPort: number;

  constructor(root: string, ports: Ports, tls: boolean) {
    super({
      name: "prosody",
      command: `${root}/usr/bin/lua5.4`,
      args: (folder) => [`${folder}/prosody`, "--config", `${folder}/prosody.cfg.lua`, "-F"],
      env: environment(root),
      ports: tls ? [ports.starttls, ports.tls, ports.http] : [ports.starttls, ports.http],
    });
    this.port = ports.starttls;
    this.tlsPort = ports.tls;
    this.httpPort = ports.http;
  }

  /** Holds from the next start. */
  useCertificate(leaf: Leaf): void {
    this.write("server.pem", readFileSync(leaf.certificate, "utf8"));
    this.write("server.key", readFileSync(leaf.key, "utf8"));
  }

  /** Before its first login. Prosody hashes the password then. */
  addUser(name: string, password: string): void {
    this.#folders("data", "data/example%2etest", "data/example%2etest/accounts");
    this.write(`data/example%2etest/accounts/${name}.dat`, `return { ["password"] = "${password}" };\n`);
  }

  #folders(...names: string[]): void {
    for (const name of names) {
      const path = join(this.folder, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (isRoot) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    }
  }

  serverLog(): string {
    return readFileSync(join(this.folder, "prosody.log"), "utf8");
  }
}

const DEFAULTS = {
  tls: true,
  archive: true,
  resume: true,
  passwords: "internal_hashed",
  hash: "SHA-256",
  maxUpload: 10 * 1024 * 1024,
} as const;

/** Up when it resolves. */
export async function prosody({ certificate, port, ...options }: ProsodyOptions = {}): Promise<Prosody> {
  const { root } = await provision("prosody");
  const [starttls = 0, tls = 0, http = 0] = await freePorts(3);
  const ports = { starttls: port ?? starttls, tls, http };
  const settings = { ...DEFAULTS, ...options, ports, modules: `${root}/usr/lib/prosody/modules` };
  const server = new Prosody(root, ports, settings.tls);
  server.useCertificate(certificate ?? (await certificates()).server);
  server.write("prosody.cfg.lua", prosodyConfig({ ...settings, folder: server.folder }));
  relocate(server, root);
  for (const name of ["alice", "bob", "carol"]) server.addUser(name, `password-of-${name}`);
  await server.start();
  return server;
}

/** Debian's start script knows only the places of an installed package. */
function relocate(server: Prosody, root: string): void {
  const places: Record<string, string> = {
    CFG_SOURCEDIR: `${root}/usr/lib/prosody`,
    CFG_CONFIGDIR: server.folder,
    CFG_PLUGINDIR: `${root}/usr/lib/prosody/modules/`,
    CFG_DATADIR: join(server.folder, "data"),
  };
  let script = readFileSync(`${root}/usr/bin/prosody`, "utf8");
  for (const [name, place] of Object.entries(places)) script = script.replace(new RegExp(`${name}='[^']*'`), `${name}='${place}'`);
  server.write("prosody", script);
}

function environment(root: string): Record<string, string> {
  return {
    LD_LIBRARY_PATH: libraryPath(root),
    LUA_PATH_5_4: `${root}/usr/share/lua/5.4/?.lua;${root}/usr/share/lua/5.4/?/init.lua`,
    LUA_CPATH_5_4: `${root}/usr/lib/${triplet()}/lua/5.4/?.so`,
  };
}
