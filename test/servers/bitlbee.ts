import { certificates } from "./certs.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { libraryPath, provision } from "./provision.ts";

/** BitlBee on 127.0.0.1, with the protocols of its own. Its accounts are in its folder, and stay over restarts. */
export class BitlbeeServer extends ServerProcess {
  readonly port: number;

  constructor(root: string, port: number) {
    super({
      name: "bitlbee",
      command: `${root}/usr/sbin/bitlbee`,
      args: (at) => ["-n", "-v", "-F", "-i", "127.0.0.1", "-p", String(port), "-c", `${at}/bitlbee.conf`, "-d", at, "-P", `${at}/pid`],
      env: { LD_LIBRARY_PATH: `${root}/usr/lib:${libraryPath(root)}` },
      ports: [port],
    });
    this.port = port;
  }
}

/** Up when it resolves. */
export async function bitlbeeServer(): Promise<BitlbeeServer> {
  const { root } = await provision("bitlbee");
  const [port = 0] = await freePorts(1);
  const server = new BitlbeeServer(root, port);
  const { caFile } = await certificates();
  server.write(
    "bitlbee.conf",
    [
      "[settings]",
      "RunMode = ForkDaemon",
      "DaemonInterface = 127.0.0.1",
      `DaemonPort = ${port}`,
      "AuthMode = Open",
      `ConfigDir = ${server.folder}`,
      "MotdFile = /dev/null",
      `CAfile = ${caFile}`,
      "[defaults]",
      "",
    ].join("\n"),
  );
  await server.start();
  return server;
}
