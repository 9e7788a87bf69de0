import { readFileSync } from "node:fs";
import { certificates, type Leaf } from "./certs.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { libraryPath, provision } from "./provision.ts";

/** ngircd on 127.0.0.1: a server of the old kind, without IRCv3 but `multi-prefix`; registers a client in 50 ms. */
export class Ngircd extends ServerProcess {
  readonly host = "127.0.0.1";
  /** Without TLS. */
  readonly port: number;
  readonly tlsPort: number;

  constructor(root: string, ports: { plain: number; tls: number }) {
    super({
      name: "ngircd",
      command: `${root}/usr/sbin/ngircd`,
      args: (folder) => ["--nodaemon", "--config", `${folder}/ngircd.conf`],
      env: { LD_LIBRARY_PATH: libraryPath(root) },
      ports: [ports.plain, ports.tls],
    });
    this.port = ports.plain;
    this.tlsPort = ports.tls;
  }

  /** Holds from the next start. */
  useCertificate(leaf: Leaf): void {
    this.write("server.pem", readFileSync(leaf.certificate, "utf8"));
    this.write("server.key", readFileSync(leaf.key, "utf8"));
  }
}

/** Up when it resolves. */
export async function ngircd(options: { certificate?: Leaf | undefined; password?: string | undefined } = {}): Promise<Ngircd> {
  const { root } = await provision("irc");
  const { server } = await certificates();
  const [plain = 0, tls = 0] = await freePorts(2);
  const process = new Ngircd(root, { plain, tls });
  process.useCertificate(options.certificate ?? server);
  process.write("dh.pem", DH_GROUP);
  process.write("ngircd.conf", configuration({ folder: process.folder, plain, tls, password: options.password }));
  await process.start();
  return process;
}

function configuration(settings: { folder: string; plain: number; tls: number; password?: string | undefined }): string {
  const { folder, plain, tls, password } = settings;
  return `[Global]
Name = ng.example.test
Info = test
Network = NgNet
Listen = 127.0.0.1
Ports = ${plain}
MotdPhrase = "hello"
${password === undefined ? "" : `Password = ${password}`}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxNickLength = 30
MaxPenaltyTime = 0
MaxJoins = 0
PingTimeout = 60
[Options]
PAM = no
DNS = no
Ident = no
[SSL]
CertFile = ${folder}/server.pem
KeyFile = ${folder}/server.key
DHFile = ${folder}/dh.pem
Ports = ${tls}
[Operator]
Name = root
Password = root
`;
}

/** ffdhe2048 of RFC 7919; without a group the server makes one of its own at each start, for up to 2 seconds. */
const DH_GROUP = `-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
`;
