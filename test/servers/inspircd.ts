import { readFileSync } from "node:fs";
import { certificates, type Leaf } from "./certs.ts";
import { type InspircdSettings, inspircdConfig } from "./inspircd-config.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { libraryPath, provision } from "./provision.ts";

export interface InspircdOptions extends Partial<Omit<InspircdSettings, "folder" | "modules" | "ports">> {
  /** Default: the trusted one for the right names. */
  certificate?: Leaf | undefined;
}

/** InspIRCd 3 on 127.0.0.1, with IRCv3, TLS and a link for services. */
export class Inspircd extends ServerProcess {
  readonly host = "127.0.0.1";
  /** Without TLS. */
  readonly port: number;
  readonly tlsPort: number;
  /** For services such as `atheme`. */
  readonly linkPort: number;

  constructor(root: string, ports: { plain: number; tls: number; link: number }) {
    super({
      name: "inspircd",
      command: `${root}/usr/sbin/inspircd`,
      args: (folder) => ["--nofork", "--config", `${folder}/inspircd.conf`],
      env: { LD_LIBRARY_PATH: libraryPath(root) },
      ports: [ports.plain, ports.tls, ports.link],
    });
    this.port = ports.plain;
    this.tlsPort = ports.tls;
    this.linkPort = ports.link;
  }

  /** Holds from the next start. */
  useCertificate(leaf: Leaf): void {
    this.write("server.pem", readFileSync(leaf.certificate, "utf8"));
    this.write("server.key", readFileSync(leaf.key, "utf8"));
  }
}

/** Up when it resolves. Registration takes about a second: it completes on a one-second tick of the server. */
export async function inspircd(options: InspircdOptions = {}): Promise<Inspircd> {
  const { root } = await provision("irc");
  const [plain = 0, tls = 0, link = 0] = await freePorts(3);
  const server = new Inspircd(root, { plain, tls, link });
  const { certificate = (await certificates()).server, ...settings } = options;
  server.useCertificate(certificate);
  const modules = `${root}/usr/lib/inspircd/modules`;
  server.write(
    "inspircd.conf",
    inspircdConfig({
      sasl: false,
      flood: "none",
      echo: true,
      labels: true,
      ...settings,
      folder: server.folder,
      modules,
      ports: { plain, tls, link },
    }),
  );
  await server.start();
  return server;
}
