import { LABELS, type SecurityLabel } from "../../security-labels/index.ts";
import type { Cbor } from "../encoding/cbor.ts";
import { type Bridged, bridgedSchema } from "./bridged.ts";
import { MAX_TEXT } from "./text.ts";

/** The schemas themselves say what is allowed; here it is only looked up without making anything. */
const { shape, facts } = bridgedSchema.shape;
const SHAPES: ReadonlySet<unknown> = new Set(shape.options);
const KNOWN_LABELS: ReadonlySet<unknown> = new Set<SecurityLabel>(LABELS);
const { link, source, e2ee, restBeyondServer } = facts.shape;
const LINKS: ReadonlySet<unknown> = new Set(link.shape.kind.options);
const MEASURERS: ReadonlySet<unknown> = new Set(link.shape.measuredBy.options);
const SOURCES: ReadonlySet<unknown> = new Set(source.options);
const E2EE = e2ee.unwrap().shape;
const PROTOCOLS: ReadonlySet<unknown> = new Set(E2EE.protocol.options);
const PEERS: ReadonlySet<unknown> = new Set(E2EE.peer.options);
const RESTS: ReadonlySet<unknown> = new Set(restBeyondServer.unwrap().options);
const MAX_SHORT = 512;

type Fields = { readonly [key: string]: Cbor };

/** Exactly what `bridgedSchema` accepts, in a tenth of the time: each line of the log passes here once. */
export function isBridged(body: Cbor | undefined): body is Cbor & Bridged {
  if (!isMap(body)) return false;
  const { from, ts, placed, text, remote, replyTo, mentionsMe, label } = body;
  return (
    SHAPES.has(body["shape"]) &&
    isMap(from) &&
    isShort(from["id"]) &&
    isShort(from["name"]) &&
    typeof from["self"] === "boolean" &&
    isCount(ts) &&
    isFlagOrNothing(placed) &&
    typeof text === "string" &&
    text.length <= MAX_TEXT &&
    isShortOrNothing(remote) &&
    (replyTo === undefined || isRef(replyTo)) &&
    isFlagOrNothing(mentionsMe) &&
    KNOWN_LABELS.has(label) &&
    isFacts(body["facts"])
  );
}

function isFacts(value: Cbor | undefined): boolean {
  if (!isMap(value)) return false;
  const { restBeyondServer: rest, e2ee: ends } = value;
  return (
    isLink(value["link"]) && SOURCES.has(value["source"]) && (rest === undefined || RESTS.has(rest)) && (ends === undefined || isE2ee(ends))
  );
}

function isLink(value: Cbor | undefined): boolean {
  if (!isMap(value)) return false;
  const { kind, verified, version, server, certificate, mechanism, via, measuredBy } = value;
  return (
    LINKS.has(kind) &&
    typeof verified === "boolean" &&
    isShortOrNothing(version) &&
    isShortOrNothing(server) &&
    (certificate === undefined || (isMap(certificate) && isShort(certificate["sha256"]) && isShort(certificate["issuer"]))) &&
    isShortOrNothing(mechanism) &&
    isShortOrNothing(via) &&
    MEASURERS.has(measuredBy)
  );
}

const isE2ee = (value: Cbor): boolean =>
  isMap(value) && PROTOCOLS.has(value["protocol"]) && PEERS.has(value["peer"]) && isShortOrNothing(value["keyId"]);

const isRef = (value: Cbor): boolean =>
  isMap(value) && isBytes(value["feed"], 32) && isBytes(value["inc"], 8) && isCount(value["seq"]) && value["seq"] !== 0;

function isMap(value: Cbor | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

const isShort = (value: Cbor | undefined): boolean => typeof value === "string" && value.length <= MAX_SHORT;
const isShortOrNothing = (value: Cbor | undefined): boolean => value === undefined || isShort(value);
const isFlagOrNothing = (value: Cbor | undefined): boolean => value === undefined || typeof value === "boolean";
const isCount = (value: Cbor | undefined): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isBytes = (value: Cbor | undefined, length: number): boolean => value instanceof Uint8Array && value.length === length;
