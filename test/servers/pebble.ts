import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { certificates } from "./certs.ts";
import { cacheFolder } from "./folders.ts";
import { withLock } from "./lock.ts";
import { freePorts } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { Unavailable } from "./unavailable.ts";

const run = promisify(execFile);
const VERSION = "v2.10.1";
const PROGRAMS = ["pebble", "pebble-challtestsrv"] as const;

/** Let's Encrypt's own ACME server for tests, and a name server for which every name is this machine. */
export interface Pebble extends AsyncDisposable {
  directory: string;
  /** PEM file of the authority that its own HTTPS is of. */
  caFile: string;
}

/** `proofPort`: where it looks for proofs, of either kind. Throws `Unavailable` where Go cannot be had. */
export async function pebble(proofPort: number): Promise<Pebble> {
  const folder = await programs();
  const { server: leaf, caFile } = await certificates();
  const [acme, management, dns, dnsManagement] = (await freePorts(4)) as [number, number, number, number];
  const names = new ServerProcess({
    name: "challtestsrv",
    command: join(folder, "pebble-challtestsrv"),
    args: () => [
      ...["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${dnsManagement}`],
      ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""],
    ],
    ports: [dnsManagement],
  });
  const issuer = new ServerProcess({
    name: "pebble",
    command: join(folder, "pebble"),
    args: (own) => ["-config", join(own, "pebble.json"), "-dnsserver", `127.0.0.1:${dns}`, "-strict"],
    env: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "10" },
    ports: [acme],
  });
  const settings = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    ...{ certificate: leaf.certificate, privateKey: leaf.key, httpPort: proofPort, tlsPort: proofPort },
    ...{ ocspResponderURL: "", externalAccountBindingRequired: false },
  };
  issuer.write("pebble.json", JSON.stringify({ pebble: settings }));
  await names.start();
  await issuer.start();
  return {
    directory: `https://localhost:${acme}/dir`,
    caFile,
    async [Symbol.asyncDispose]() {
      await issuer[Symbol.asyncDispose]();
      await names[Symbol.asyncDispose]();
    },
  };
}

/** Built once from the module proxy, and kept. */
async function programs(): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, `pebble-${VERSION}`);
  const isThere = () => PROGRAMS.every((name) => existsSync(join(folder, name)));
  await withLock(cache, async () => isThere() || (await build(folder)));
  return folder;
}

async function build(folder: string): Promise<void> {
  const go = ["/usr/local/go/bin/go", "/usr/bin/go"].find((path) => existsSync(path));
  if (go === undefined) throw new Unavailable("there is no Go", "install golang-go");
  const targets = PROGRAMS.map((name) => `github.com/letsencrypt/pebble/v2/cmd/${name}@${VERSION}`);
  try {
    await run(go, ["install", ...targets], { env: { ...process.env, GOBIN: folder, GOFLAGS: "-mod=mod" } });
  } catch (cause) {
    throw new Unavailable("pebble could not be built", "see whether Go's module proxy can be reached", { cause });
  }
}
