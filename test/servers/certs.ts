import { X509Certificate } from "node:crypto";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "./folders.ts";
import { withLock } from "./lock.ts";
import { Unavailable } from "./unavailable.ts";

const run = promisify(execFile);

/** A server's certificate. The files can be read by every user of the machine: nothing of value is behind them. */
export interface Leaf {
  /** PEM file: the certificate, then the authority that issued it. */
  certificate: string;
  /** PEM file. */
  key: string;
  /** Fingerprint of the certificate: 64 lower-case hex digits. */
  sha256: string;
}

export interface Certificates {
  /** PEM file and PEM text of the authority that clients of the tests trust. */
  caFile: string;
  ca: string;
  /** For localhost, 127.0.0.1, irc.example.test and the other names of `NAMES`. */
  server: Leaf;
  /** The same names and authority, another key: what a server has after it was renewed. */
  renewed: Leaf;
  /** Of the trusted authority, for other.example.test only. */
  otherName: Leaf;
  /** The right names, by an authority that nobody trusts. */
  untrusted: Leaf;
  /** The right names and authority, ended yesterday. */
  expired: Leaf;
}

const NAMES = ["localhost", "irc.example.test", "ng.example.test", "example.test", "conference.example.test", "upload.example.test"];
const RIGHT = `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(",")},IP:127.0.0.1,IP:::1`;
const OTHER = "subjectAltName=DNS:other.example.test";
const TEN_YEARS = 3650;

/** Made once by openssl and kept between runs. Throws `Unavailable`. */
export async function certificates(): Promise<Certificates> {
  const cache = cacheFolder();
  const folder = join(cache, "certs");
  await withLock(cache, async () => existsSync(folder) || (await build(folder)));
  const caFile = join(folder, "ca.crt");
  const leaf = (name: string) => readLeaf(folder, name);
  return {
    caFile,
    ca: readFileSync(caFile, "utf8"),
    server: leaf("server"),
    renewed: leaf("renewed"),
    otherName: leaf("other-name"),
    untrusted: leaf("untrusted"),
    expired: leaf("expired"),
  };
}

async function build(folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  for (const name of ["ca", "stranger"]) await authority(unfinished, name);
  await issue(unfinished, { name: "server", by: "ca", names: RIGHT, days: TEN_YEARS });
  await issue(unfinished, { name: "renewed", by: "ca", names: RIGHT, days: TEN_YEARS });
  await issue(unfinished, { name: "other-name", by: "ca", names: OTHER, days: TEN_YEARS });
  await issue(unfinished, { name: "untrusted", by: "stranger", names: RIGHT, days: TEN_YEARS });
  await issue(unfinished, { name: "expired", by: "ca", names: RIGHT, days: -1 });
  renameSync(unfinished, folder);
}

async function authority(folder: string, name: string): Promise<void> {
  await newKey(folder, name);
  const request = ["req", "-x509", "-new", "-key", `${name}.key`, "-subj", `/CN=Homeport test ${name}`, "-days", String(TEN_YEARS)];
  await openssl(folder, [...request, "-addext", "basicConstraints=critical,CA:TRUE", "-out", `${name}.crt`]);
}

async function issue(folder: string, leaf: { name: string; by: string; names: string; days: number }): Promise<void> {
  const { name, by } = leaf;
  await newKey(folder, name);
  writeFileSync(join(folder, `${name}.ext`), `${leaf.names}\nbasicConstraints=CA:FALSE\n`);
  await openssl(folder, ["req", "-new", "-key", `${name}.key`, "-subj", `/CN=Homeport test ${name}`, "-out", `${name}.csr`]);
  const signing = ["x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.crt`, "-CAkey", `${by}.key`, "-CAcreateserial"];
  await openssl(folder, [...signing, "-days", String(leaf.days), "-extfile", `${name}.ext`, "-out", `${name}.crt`]);
  const chain = [name, by].map((part) => readFileSync(join(folder, `${part}.crt`), "utf8"));
  writeFileSync(join(folder, `${name}.pem`), chain.join(""));
}

async function newKey(folder: string, name: string): Promise<void> {
  await openssl(folder, ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`]);
  chmodSync(join(folder, `${name}.key`), 0o644);
}

async function openssl(folder: string, args: string[]): Promise<void> {
  try {
    await run("openssl", args, { cwd: folder, timeout: 60_000 });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new Unavailable("no openssl on this machine", "install openssl", { cause: error });
    }
    throw error;
  }
}

function readLeaf(folder: string, name: string): Leaf {
  const certificate = join(folder, `${name}.pem`);
  const { fingerprint256 } = new X509Certificate(readFileSync(certificate));
  return { certificate, key: join(folder, `${name}.key`), sha256: fingerprint256.replaceAll(":", "").toLowerCase() };
}
