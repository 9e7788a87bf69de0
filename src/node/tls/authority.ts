import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Random } from "../../sync/ports.ts";
import { nameConstraints } from "./name-constraints.ts";
import { pem } from "./pem.ts";
import { isPrivate } from "./private-ranges.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const DAY = 24 * 3600_000;
const AUTHORITY_LIFE = 3650 * DAY;
/** Under the 398 days that browsers bear. */
const LEAF_LIFE = 300 * DAY;
/** A clock that is a little behind takes it all the same. */
const EARLIER = 2 * DAY;

/** A certificate authority that can speak for this home alone. */
export interface Authority {
  /** DER. */
  certificate: Uint8Array;
  /** PKCS #8. Whoever uses it wipes it. */
  key: Uint8Array;
}

export interface KeyedCertificate {
  /** PEM, the leaf first. */
  cert: string;
  /** PEM. */
  key: string;
  /** What it speaks for. */
  names: string[];
  /** Milliseconds since 1970. */
  notBefore: number;
  notAfter: number;
}

export interface Naming {
  /** Names and IP addresses. */
  names: readonly string[];
  random: Random;
  /** Milliseconds since 1970. */
  now: number;
}

/** A new authority for these names and no others. `label` is what a phone shows in its list. */
export async function makeAuthority({ names, random, now }: Naming, label: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...lifetime(now, AUTHORITY_LIFE),
    serialNumber: serial(random),
    name: [{ CN: [label] }, { O: ["Homeport"] }],
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey, false),
      nameConstraints(
        names.filter((name) => isIP(name) === 0),
        names.filter((name) => isIP(name) !== 0 && !isPrivate(name)),
      ),
    ],
  });
  const key = new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: new Uint8Array(certificate.rawData), key };
}

/** A certificate for a server, with a key of its own. */
export async function issueLeaf(authority: Authority, { names, random, now }: Naming): Promise<KeyedCertificate> {
  const issuer = new X509Certificate(Uint8Array.from(authority.certificate));
  const { key, certificate } = await issue(authority, issuer, { names, random, now });
  return {
    cert: `${certificate.toString("pem")}\n`,
    key,
    names: [...names],
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

async function issue(authority: Authority, issuer: X509Certificate, { names, random, now }: Naming) {
  const signingKey = await webcrypto.subtle.importKey("pkcs8", Uint8Array.from(authority.key), ALGORITHM, false, ["sign"]);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const)),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false),
    await AuthorityKeyIdentifierExtension.create(issuer, false),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...{ ...lifetime(now, LEAF_LIFE), serialNumber: serial(random), extensions, signingAlgorithm: SIGNING },
    ...{ subject: [{ CN: ["Homeport"] }], issuer: issuer.subjectName, publicKey: keys.publicKey, signingKey },
  });
  return { certificate, key: pem("PRIVATE KEY", new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey))) };
}

/** For where the other side knows the certificate itself, by its hash. It names nobody. */
export async function makeSelfSigned({
  random,
  now,
}: Pick<Naming, "random" | "now">): Promise<{ der: Uint8Array; pem: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...lifetime(now, AUTHORITY_LIFE),
    ...{ serialNumber: serial(random), name: [{ CN: ["p2p"] }], keys, signingAlgorithm: SIGNING },
  });
  const key = new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { der: new Uint8Array(certificate.rawData), pem: `${certificate.toString("pem")}\n`, key: pem("PRIVATE KEY", key) };
}

function lifetime(now: number, life: number): { notBefore: Date; notAfter: Date } {
  // Certificates know whole seconds.
  const whole = (time: number): Date => new Date(Math.floor(time / 1000) * 1000);
  return { notBefore: whole(now - EARLIER), notAfter: whole(now + life) };
}

/** Positive, and never the same twice. */
const serial = (random: Random): string => `4${Buffer.from(random.bytes(16)).toString("hex").slice(1)}`;
