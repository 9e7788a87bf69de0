import { z } from "zod";
import { nothing, short, time } from "./common.ts";

const origin = z.string().min(1).max(300);
const path = z.string().min(1).max(4096);

/** How phones reach the app (W3). `none`: only from this machine. */
export const addressChoice = z.discriminatedUnion("way", [
  z.object({ way: z.literal("none") }),
  /** Something in front of the node has the certificate, and passes requests on to its localhost port. */
  z.object({ way: z.literal("proxy"), origin }),
  /** The node has a certificate authority of its own, which each phone is told to trust. */
  z.object({ way: z.literal("own-ca"), origin }),
  /** A certificate by ACME (RFC 8555) for a name of one's own. `directory`: of the issuer; by default Let's Encrypt. */
  z.object({
    way: z.literal("acme"),
    origin,
    challenge: z.enum(["tls-alpn-01", "http-01"]),
    directory: z.string().max(1024).optional(),
    contact: z.string().max(320).optional(),
  }),
  /** Files that somebody else renews; read again when they change. */
  z.object({ way: z.literal("files"), origin, certificate: path, key: path }),
]);
export type AddressChoice = z.output<typeof addressChoice>;

export const appAddress = z.object({
  choice: addressChoice,
  /** Where the app is for phones. */
  origin: z.string().max(300).nullable(),
  /** `HOST:PORT` of the node's own HTTPS, where it listens now. */
  listens: z.string().max(300).nullable(),
  /** Plain addresses of the page that tells a phone how to trust the own authority. */
  install: z.array(z.string().max(300)).max(32),
  /** SHA-256 of the own authority's certificate. */
  fingerprint: z.string().max(128).nullable(),
  certificate: z.object({ names: z.array(z.string().max(300)).max(64), expires: time }).nullable(),
  /** Why it does not work now. */
  problem: short.nullable(),
  /** An address that would do for the own authority. */
  suggested: z.string().max(300),
  /** Browsers that are devices: what they keep is bound to the origin. */
  browsers: z.int().nonnegative(),
});
export type AppAddress = z.output<typeof appAddress>;

export const webMethods = {
  "web.url": {
    summary: "An address that lets one browser of this machine control the device, once, within ten minutes.",
    params: nothing,
    /** `null` where no web interface is served. */
    result: z.object({ url: z.string().max(512).nullable() }),
  },
  "web.address": { summary: "Under which address phones find the app, and whether that works.", params: nothing, result: appAddress },
  "web.choose": {
    summary: "Chooses the address under which phones find the app. Refused with browsers-linked where it would cut off browsers.",
    params: z.object({ choice: addressChoice, anyway: z.boolean().default(false) }),
    result: appAddress,
  },
} as const;
