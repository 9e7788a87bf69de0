import { Extension } from "@peculiar/x509";
import { der, SEQUENCE } from "./der.ts";
import { ipBytes, maskBytes } from "./ip-bytes.ts";
import { PRIVATE_RANGES } from "./private-ranges.ts";

const OID = "2.5.29.30";
const [MAIL, DNS, IP] = [0x81, 0x82, 0x87];
/** Stands for no name at all where only IP addresses are allowed: with none given, every name would be. Nobody can own it (RFC 8375). */
const NOBODY = "home.arpa";

/**
 * For what a CA may sign, as a critical extension (RFC 5280 §4.2.1.10): these names and those below them, these IP addresses, and
 * private ones. So nobody who trusts it has to fear that it speaks for another site.
 */
export function nameConstraints(names: readonly string[], ips: readonly string[]): Extension {
  const text = (name: string): Uint8Array => Buffer.from(name, "latin1");
  const subtrees = [
    ...(names.length > 0 ? names : [NOBODY]).map((name) => der(DNS, text(name))),
    der(MAIL, text(NOBODY)),
    ...PRIVATE_RANGES.map(([network, bits]) => der(IP, ipBytes(network), maskBytes(network, bits))),
    ...ips.map((ip) => der(IP, ipBytes(ip), maskBytes(ip, 128))),
  ];
  return new Extension(OID, true, Uint8Array.from(der(SEQUENCE, der(0xa0, ...subtrees.map((base) => der(SEQUENCE, base))))).buffer);
}
