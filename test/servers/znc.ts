import { createHash } from "node:crypto";
import { chownSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { certificates } from "./certs.ts";
import { isRoot, UNPRIVILEGED } from "./folders.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { libraryPath, provision } from "./provision.ts";

/** ZNC 1.8 on 127.0.0.1: a bouncer that stays in one channel of one network. */
export class Znc extends ServerProcess {
  /** With TLS. */
  readonly tlsPort: number;

  constructor(root: string, tlsPort: number) {
    super({
      name: "znc",
      command: `${root}/usr/bin/znc`,
      args: (at) => ["--foreground", "--datadir", at],
      env: { LD_LIBRARY_PATH: libraryPath(root) },
      ports: [tlsPort],
    });
    this.tlsPort = tlsPort;
  }
}

export interface ZncOptions {
  /** Of the network's server, without TLS. */
  ircPort: number;
  nick: string;
  channel: string;
  password: string;
  /** Whether the buffer is emptied once it was played; else the whole of it is played each time. */
  clears: boolean;
}

/** Up when it resolves; it comes to the network by itself. */
export async function znc(options: ZncOptions): Promise<Znc> {
  const { root } = await provision("znc");
  const [port = 0] = await freePorts(1);
  const server = new Znc(root, port);
  const { server: leaf } = await certificates();
  symlinkSync(`${root}/usr/lib/znc`, join(server.folder, "modules"));
  const configs = join(server.folder, "configs");
  mkdirSync(configs, { mode: 0o700 });
  if (isRoot) chownSync(configs, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  server.write("znc.pem", readFileSync(leaf.key, "utf8") + readFileSync(leaf.certificate, "utf8"));
  server.write("configs/znc.conf", configuration(server.folder, port, options));
  await server.start();
  return server;
}

function configuration(folder: string, port: number, { ircPort, nick, channel, password, clears }: ZncOptions): string {
  const salt = "salt-of-the-tests";
  const hash = createHash("sha256").update(`${password}${salt}`).digest("hex");
  return `Version = 1.8.2
SSLCertFile = ${folder}/znc.pem
ServerThrottle = 0
ConnectDelay = 1
AnonIPLimit = 100
<Listener tls>
  Host = 127.0.0.1
  Port = ${port}
  IPv4 = true
  IPv6 = false
  SSL = true
</Listener>
<User alice>
  Admin = true
  Nick = ${nick}
  AltNick = ${nick}_
  Ident = alice
  RealName = alice
  ChanBufferSize = 500
  QueryBufferSize = 500
  AutoClearChanBuffer = ${String(clears)}
  AutoClearQueryBuffer = ${String(clears)}
  MultiClients = true
  <Network test>
    FloodBurst = 100
    FloodRate = 50
    Server = 127.0.0.1 ${ircPort}
    <Chan ${channel}>
    </Chan>
  </Network>
  <Pass password>
    Method = sha256
    Hash = ${hash}
    Salt = ${salt}
  </Pass>
</User>
`;
}
