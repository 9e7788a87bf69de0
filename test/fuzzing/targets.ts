import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "cborg";
import { encodeCall, encodeResult, parseIncoming, parseReply } from "../../src/api/codec.ts";
import { LineReader } from "../../src/api/lines.ts";
import { parseManifest } from "../../src/bridges/host/networks.ts";
import { decodeLine } from "../../src/bridges/irc/line-reader.ts";
import { FrameDecoder as PluginFrames, messageHeader, resetFrame, streamHeader } from "../../src/bridges/kit/wire/frame.ts";
import { decodeMessage, encodeMessage } from "../../src/bridges/kit/wire/message.ts";
import { WireError } from "../../src/bridges/kit/wire/wire-error.ts";
import { readConfigFile } from "../../src/node/config-file.ts";
import { decodeCertificate } from "../../src/sync/account/certificate.ts";
import { decodeOp, decodeSignedPart } from "../../src/sync/account/op.ts";
import { OpSet } from "../../src/sync/account/op-set.ts";
import { decodeHead, PREAMBLE, restOfHead } from "../../src/sync/backup/header.ts";
import { decodeManifest, encodeManifest } from "../../src/sync/backup/manifest.ts";
import { noticeSeenSchema, retiredSchema } from "../../src/sync/content/account.ts";
import { bridgedSchema, deliverySchema } from "../../src/sync/content/bridged.ts";
import { draftSchema, muteSchema, retentionSchema, switchSchema } from "../../src/sync/content/chat.ts";
import { tombstoneSchema } from "../../src/sync/content/deletion.ts";
import { forkSchema } from "../../src/sync/content/fork.ts";
import { editSchema, pinMessageSchema, reactionSchema } from "../../src/sync/content/notes.ts";
import { conversationSchema, cutSchema, deviceSchema, readMarkerSchema } from "../../src/sync/content/own.ts";
import { textSchema } from "../../src/sync/content/text.ts";
import { unlockingSchema } from "../../src/sync/content/unlocking.ts";
import type { Cbor } from "../../src/sync/encoding/cbor.ts";
import { decodeCbor, encodeCbor } from "../../src/sync/encoding/cbor.ts";
import { fromHex, sameBytes, utf8 } from "../../src/sync/encoding/bytes.ts";
import { HomeportError, MalformedError } from "../../src/sync/errors.ts";
import { checkProof } from "../../src/sync/forks/proof.ts";
import { parseInvitation } from "../../src/sync/linking/invitation.ts";
import {
  decodeConsent,
  decodeDraft,
  decodeJoinerReveal,
  decodeOpening,
  decodeSponsorReveal,
  decodeWelcome,
} from "../../src/sync/linking/messages.ts";
import { decodeBody } from "../../src/sync/log/body.ts";
import { decodeFounding, encodeFounding } from "../../src/sync/log/founding.ts";
import { decodeHeader, encodeHeader } from "../../src/sync/log/header.ts";
import { parseId, parseMessageId, PREFIX } from "../../src/sync/log/public-id.ts";
import type { Crypto } from "../../src/sync/ports.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../src/sync/session/frames.ts";
import { parseAddress } from "../../src/transport/addresses.ts";
import { FrameDecoder, frameLength } from "../../src/transport/frame-decoder.ts";
import { YamuxScanner } from "../../src/transport/yamux-scanner.ts";
import account from "../vectors/account.json" with { type: "json" };
import backup from "../vectors/backup.json" with { type: "json" };
import linking from "../vectors/linking.json" with { type: "json" };
import log from "../vectors/log.json" with { type: "json" };

/** Something that reads what comes from outside. */
export interface Target {
  name: string;
  /** Valid inputs, from which hostile ones are made. */
  samples: readonly Uint8Array[];
  /** Throws only what `isExpected` knows. What it returns, if anything, is the input as it would be written again. */
  read(input: Uint8Array): Uint8Array | undefined | void;
}

export function isExpected(error: unknown): boolean {
  return error instanceof MalformedError || error instanceof HomeportError || error instanceof WireError;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const b = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill);

const position = { device: b(32), incarnation: b(8), seq: 7 };
const FRAMES: readonly Frame[] = [
  { type: "hello", version: 1, nonce: b(32) },
  { type: "auth", certificate: fromHex(linking.joiner.certificate), ops: [{ author: b(32), seq: 3, id: b(32) }] },
  { type: "ops", ops: [b(200), b(300)] },
  { type: "overview", conversations: [{ tag: b(16), digest: b(16) }] },
  { type: "vector", tag: b(16), positions: [position, { ...position, seq: 2 ** 40 }] },
  {
    type: "entries",
    runs: [
      {
        tag: b(16),
        feed: b(32),
        incarnation: b(8),
        entries: [
          { header: b(300), body: b(50) },
          { header: b(9), body: null },
        ],
        signature: b(64),
      },
    ],
  },
  { type: "ack", tag: b(16), positions: [position] },
  { type: "call", id: 1, method: "send", text: '{"a":[1,2]}' },
  { type: "result", id: 1, ok: false, text: '{"code":"x","message":"y"}' },
  { type: "live", topic: "bridges", text: "[]" },
  { type: "ping", n: 4 },
  { type: "pong", n: 4, now: 1_700_000_000_000 },
  { type: "continue", token: b(32) },
  { type: "last" },
];

const HEADER = encodeHeader({
  ...{ conversation: b(32), feed: b(32, 2), incarnation: b(8, 3), seq: 9, prev: b(32, 4) },
  parents: [1, 2, 3].map((n) => ({ feed: b(32, n), incarnation: b(8, n), seq: n, hash: b(32, n) })),
  ...{ hlc: { ms: 1_800_000_000_000, n: 3 }, accountHead: b(32), permissionHead: null, kind: 1, bodyHash: b(32), bodySize: 99 },
});

const REF = { feed: b(32), inc: b(8), seq: 4 };
const BODIES: readonly Cbor[] = [
  { text: "hello", style: "text" },
  { founding: encodeFounding({ kind: "self", account: b(32) }) },
  { device: b(32), name: "home", addresses: ["/ip4/1.2.3.4/tcp/5"], certificate: b(200) },
  { device: b(32), feeds: [{ inc: b(8), seq: 4, hash: b(32) }] },
  { upTo: { feed: b(32), inc: b(8), seq: 4 } },
  { target: REF, state: "sent" },
  { target: REF, text: "another text" },
  { target: REF, emoji: "\u{1f44d}", on: true },
  { text: "a draft", replyTo: REF },
  { on: true, until: 1_800_000_000_000 },
  { days: 30 },
  {
    conversation: b(32),
    ranges: [{ feed: b(32), inc: b(8), from: 1, to: 9 }],
    before: 7,
    all: "block",
    cuts: [{ device: b(32), feeds: [] }],
  },
  { op: b(32), code: "recovered" },
  { device: b(32), op: b(32) },
  { door: { transport: b(32), salt: b(16) } },
];
const SCHEMAS = [
  ...[textSchema, conversationSchema, deviceSchema, cutSchema, readMarkerSchema, deliverySchema, bridgedSchema],
  ...[editSchema, reactionSchema, pinMessageSchema, draftSchema, switchSchema, muteSchema, retentionSchema, tombstoneSchema],
  ...[noticeSeenSchema, retiredSchema, unlockingSchema],
];

const CONFIG = `name = "home"
listen = ["/ip4/0.0.0.0/tcp/4001"]
mdns = true
peer = ["/ip4/192.168.1.2/tcp/4001"]
log-level = "info"
`;

const MANIFEST = encodeManifest({ program: "0.1.0", device: b(32), account: b(32), created: 1, entries: 2, schema: { core: 4, files: 1 } });

const OPS = account.ops.map((op) => fromHex(op.bytes));
const LINKING = Object.values(linking.frames).map((hex) => fromHex(hex));

/** Everything that decodes bytes or texts from outside. */
export function targets(crypto: Crypto): { list: Target[]; end(): void } {
  const folder = mkdtempSync(join(tmpdir(), "homeport-fuzz-"));
  const list: Target[] = [
    { name: "CBOR", samples: [...OPS, HEADER, ...BODIES.map(encodeCbor), deep(200_000)], read: (input) => encodeCbor(decodeCbor(input)) },
    { name: "session frame", samples: FRAMES.map(encodeFrame), read: (input) => void decodeFrame(input) },
    { name: "entry header", samples: [HEADER], read: (input) => encodeHeader(decodeHeader(input)) },
    { name: "founding data", samples: foundings(), read: (input) => encodeFounding(decodeFounding(input)) },
    { name: "entry body", samples: BODIES.map((body) => salted(body)), read: readBody },
    { name: "proof of a fork", samples: log.forks.valid.map(({ body }) => fromHex(body)), read: (input) => readProof(crypto, input) },
    { name: "backup, its head", samples: [fromHex(backup.head.encoded)], read: readBackupHead },
    { name: "backup, its description", samples: [MANIFEST], read: (input) => void decodeManifest(input) },
    { name: "account op", samples: OPS, read: (input) => void decodeOp(crypto, input) },
    { name: "account ops in a set", samples: OPS.slice(1), read: (input) => absorb(crypto, input) },
    { name: "part of an op to sign", samples: [fromHex(linking.frames.draft)], read: (input) => void decodeSignedPart(input) },
    { name: "certificate", samples: [fromHex(linking.joiner.certificate)], read: (input) => void decodeCertificate(input) },
    { name: "linking frame", samples: LINKING, read: readLinking },
    { name: "invitation", samples: [utf8(linking.invitation.text)], read: (input) => void parseInvitation(text(input)) },
    { name: "public id", samples: ids(), read: readIds },
    {
      name: "address",
      samples: [utf8("/ip4/192.168.1.20/tcp/4001/ws"), utf8("/ip6/::1/tcp/4001")],
      read: (input) => void parseAddress(text(input)),
    },
    { name: "transport frames", samples: [framed(b(20)), framed(b(300))], read: readTransport },
    { name: "multiplexer", samples: [yamux()], read: (input) => void new YamuxScanner().scan(input) },
    { name: "plugin frames", samples: pluginFrames(), read: readPluginFrames },
    { name: "plugin message", samples: pluginMessages(), read: (input) => void decodeMessage(input) },
    { name: "device API", samples: apiTexts(), read: readApi },
    {
      name: "IRC line",
      samples: [utf8("@time=2026-01-01T00:00:00Z :nick!u@h PRIVMSG #c :h\u00e9llo\r\n")],
      read: (input) => void decodeLine(input),
    },
    { name: "configuration", samples: [utf8(CONFIG)], read: (input) => readConfig(folder, input) },
    { name: "manifest", samples: [utf8('{"id":"irc","name":"IRC"}')], read: readManifest },
  ];
  return { list, end: () => rmSync(folder, { recursive: true }) };
}

function deep(levels: number): Uint8Array {
  return new Uint8Array(levels).fill(0x81);
}

function foundings(): Uint8Array[] {
  return [
    encodeFounding({ kind: "self", account: b(32) }),
    encodeFounding({ kind: "bridge", account: b(32), network: "irc", bridge: "b1", conv: "#chan" }),
  ];
}

function salted(body: Cbor): Uint8Array {
  return new Uint8Array([...b(16), ...encodeCbor(body)]);
}

function readBody(input: Uint8Array): void {
  const body = decodeBody(input);
  for (const schema of SCHEMAS) schema.safeParse(body);
}

function readProof(crypto: Crypto, input: Uint8Array): void {
  const parsed = forkSchema.safeParse(decodeCbor(input));
  if (parsed.success) checkProof(crypto, parsed.data);
}

function readBackupHead(input: Uint8Array): void {
  const preamble = new Uint8Array(PREAMBLE);
  preamble.set(input.subarray(0, PREAMBLE));
  if (restOfHead(preamble) > 1 << 20) throw new RangeError("a head that is not bounded");
  decodeHead(input);
}

function absorb(crypto: Crypto, input: Uint8Array): void {
  const set = new OpSet(crypto, decodeOp(crypto, OPS[0] as Uint8Array).id);
  set.add(OPS[0] as Uint8Array);
  set.absorb(input);
  if (set.state.devices.size > 64) throw new RangeError("an op brought in more devices than there may be");
}

function readLinking(input: Uint8Array): void {
  const readers = [
    (bytes: Uint8Array) => decodeOpening("hello", bytes),
    (bytes: Uint8Array) => decodeOpening("answer", bytes),
    ...[decodeJoinerReveal, decodeSponsorReveal, decodeDraft, decodeConsent, decodeWelcome],
  ];
  for (const read of readers) {
    try {
      read(input);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
}

function ids(): Uint8Array[] {
  return [utf8(`${PREFIX.message}${"a".repeat(74)}`), utf8(`${PREFIX.device}${"b".repeat(52)}`)];
}

function readIds(input: Uint8Array): void {
  parseMessageId(text(input));
  for (const prefix of Object.values(PREFIX)) parseId(prefix, text(input));
}

function framed(body: Uint8Array): Uint8Array {
  return new Uint8Array([...frameLength(body.length), ...body, ...frameLength(body.length), ...body]);
}

/** However it is cut, the same frames come out, or the same refusal. */
function readTransport(input: Uint8Array): void {
  const whole = collect(input, input.length || 1);
  const cut = collect(input, 3);
  if (whole.length !== cut.length || whole.some((frame, i) => !sameBytes(frame, cut[i] as Uint8Array)))
    throw new RangeError("the frames depend on how the stream is cut");
}

function collect(input: Uint8Array, step: number): Uint8Array[] {
  const decoder = new FrameDecoder();
  const frames: Uint8Array[] = [];
  try {
    for (let i = 0; i < input.length; i += step) {
      decoder.push(input.slice(i, i + step));
      for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame);
    }
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
  return frames;
}

function yamux(): Uint8Array {
  const header = (type: number, flags: number, length: number) => [0, type, 0, flags, 0, 0, 0, 1, 0, 0, 0, length];
  return new Uint8Array([...header(0, 1, 4), 1, 2, 3, 4, ...header(1, 0, 9), ...header(2, 1, 0), ...header(3, 0, 0)]);
}

function pluginFrames(): Uint8Array[] {
  const message = encodeMessage({ kind: "cancel", id: 3 });
  return [Buffer.concat([messageHeader(message.length), message]), resetFrame(7, "gone"), Buffer.concat([streamHeader(1, 7, 4), b(4)])];
}

function readPluginFrames(input: Uint8Array): void {
  const decoder = new PluginFrames((kind, body) => {
    if (kind === 0) decodeMessage(body);
  });
  for (let i = 0; i < input.length; i += 7) decoder.push(Buffer.from(input.subarray(i, i + 7)));
}

function pluginMessages(): Uint8Array[] {
  return [
    encodeMessage({ kind: "call", id: 1, method: "ingest", params: { events: [{ key: "k", text: "t" }] } }),
    encodeMessage({ kind: "result", id: 1, value: [1, "a", null] }),
    encodeMessage({ kind: "note", method: "state", params: {} }),
    encode([3, 1, { code: "busy", sent: "no", message: "later" }]),
  ];
}

function apiTexts(): Uint8Array[] {
  return [utf8(`${encodeCall(1, "send", { conversation: "c", text: "t" })}\n`), utf8(`${encodeResult(1, [1, 2])}\n`)];
}

function readApi(input: Uint8Array): void {
  const lines = new LineReader(1 << 20);
  for (const line of lines.push(input)) {
    parseIncoming(line);
    parseReply(line);
  }
}

function readConfig(folder: string, input: Uint8Array): void {
  const file = join(folder, "config.toml");
  writeFileSync(file, input);
  readConfigFile(file, { optional: false });
}

function readManifest(input: Uint8Array): void {
  try {
    parseManifest(text(input));
  } catch (error) {
    // A manifest lies beside the program; whoever reads the folder shows any error and goes on.
    if (!(error instanceof SyntaxError) && (error as Error).name !== "ZodError") throw error;
  }
}
