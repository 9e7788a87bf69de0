import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCbor } from "../../../src/sync/encoding/cbor.ts";
import { HomeportError, MalformedError } from "../../../src/sync/errors.ts";
import { encodeInvitation, parseInvitation } from "../../../src/sync/linking/invitation.ts";
import {
  decodeConsent,
  decodeDraft,
  decodeJoinerReveal,
  decodeOpening,
  decodeSponsorReveal,
  decodeWelcome,
  encodeJoinerReveal,
} from "../../../src/sync/linking/messages.ts";
import { Sponsor } from "../../../src/sync/linking/sponsor.ts";
import { linkPair, quiet, type Tamper } from "./link-pair.ts";
import { type Meeting, meet } from "./meet.ts";
import { crypto, Home, Phone, random } from "./party.ts";

/** Confirms where both sides show the same code, as a careful person does, and lets the time run out. */
async function finish(meeting: Meeting): Promise<Meeting> {
  const { home, phone } = meeting;
  const shown = home.codes[0]?.code;
  if (shown !== undefined && shown === phone.codes[0]) home.sponsor.confirm(shown);
  await quiet();
  for (const ms of [30_000, 10 * 60_000, 60_000]) {
    home.clock.advance(ms);
    await quiet();
  }
  await phone.done;
  return meeting;
}

/** What must hold whatever happened on the way. */
function check({ home, phone }: Meeting): void {
  expect(home.linked.length + home.failed.length).toBe(1);
  expect(home.admitted.length).toBe(home.linked.length);
  expect((phone.result === undefined) !== (phone.error === undefined)).toBe(true);
  if (phone.error !== undefined) expect(phone.error).toBeInstanceOf(HomeportError);
  if (phone.result !== undefined) expect(home.linked.length).toBe(1);
  if (home.linked.length > 0) expect(phone.persisted.length).toBe(1);
  expect(home.clock.timers).toBe(0);
}

const at =
  (index: number, change: Tamper): Tamper =>
  (frame, i) =>
    i === index ? change(frame, i) : frame;

const STEPS = [0, 1, 2].map((i) => ["toSponsor", i] as const).concat([0, 1, 2, 3, 4].map((i) => ["toJoiner", i] as const) as never);
const NAMES = { toSponsor: ["hello", "reveal", "consent"], toJoiner: ["answer", "identity", "draft", "certificates", "ops"] };

describe("a link that fails on the way", () => {
  for (const [direction, index] of STEPS) {
    const name = NAMES[direction][index];
    for (const how of ["cut", "drop"] as const) {
      const what = how === "cut" ? "the link is cut" : "nothing more comes";
      it(`K5: ${what} at ${name}: both sides end, and the new device has its keys wherever it may have been admitted`, async () => {
        const meeting = await finish(await meet({ [direction]: (frame: Uint8Array, i: number) => (i >= index ? how : frame) }));
        check(meeting);
        expect(meeting.phone.result).toBeUndefined();
      });
    }

    it(`K5: any byte of ${name} changed lets nobody in under a wrong name`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
          const change = (frame: Uint8Array): Uint8Array => {
            const i = position % frame.length;
            frame[i] = (frame[i] as number) ^ flip;
            return frame;
          };
          const meeting = await finish(await meet({ [direction]: at(index, change) }));
          check(meeting);
          if (index < 2) expect(meeting.home.linked).toEqual([]);
          for (const { device } of meeting.home.linked) expect(device).toEqual(meeting.phone.signer.publicKey);
        }),
        { numRuns: 25 },
      );
    });

    it(`K5: any bytes at all instead of ${name} end in a clear error`, async () => {
      const junk = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.jsonValue({ maxDepth: 4 }).map((value) => encodeCbor(noFloats(value))),
      );
      await fc.assert(
        fc.asyncProperty(junk, async (bytes) => {
          const meeting = await finish(await meet({ [direction]: at(index, () => bytes) }));
          check(meeting);
          expect(meeting.phone.result).toBeUndefined();
        }),
        { numRuns: 15 },
      );
    });
  }
});

describe("somebody in between who knows the secret", () => {
  /** Both honest sides believe that they talk to each other; the one in between has read the link off the screen. */
  async function between(): Promise<{ home: Home; phone: Phone; intruder: Phone; fake: Home }> {
    const home = await Home.make();
    const { text } = home.invite();
    const fake = await Home.make(home.clock);
    const secret = parseInvitation(text).secret;
    const sponsor = new Sponsor({
      ...{ crypto, clock: home.clock, signer: fake.signer, transport: home.transport },
      random: { bytes: (n) => secret.slice(0, n) },
      ops: () => fake.set,
      certificates: () => [],
      admit: () => undefined,
    });
    sponsor.invite({ addresses: [], onCode: (shown) => fake.codes.push(shown), onLinked: () => undefined, onFailed: () => undefined });
    const [phone, intruder] = [new Phone(), new Phone()];
    const first = linkPair({ joiner: phone.transport, sponsor: home.transport });
    sponsor.accept(first.sponsor);
    await phone.start(first.joiner, text, home.clock);
    const second = linkPair({ joiner: intruder.transport, sponsor: home.transport });
    home.sponsor.accept(second.sponsor);
    await intruder.start(second.joiner, text, home.clock);
    await quiet();
    return { home, phone, intruder, fake };
  }

  it("K5: the two honest devices show different codes", async () => {
    const { home, phone, intruder, fake } = await between();
    expect(phone.codes).toEqual([fake.codes[0]?.code]);
    expect(intruder.codes).toEqual([home.codes[0]?.code]);
    expect(home.codes[0]?.code).not.toBe(phone.codes[0]);
  });

  it("K5: the code of the honest new device does not let the intruder in", async () => {
    const { home, phone } = await between();
    expect(() => home.sponsor.confirm(phone.codes[0] ?? "")).toThrow(expect.objectContaining({ code: "wrong-code" }));
    expect(home.set.size).toBe(1);
  });

  it("K5: a new device that revealed another key than it committed to is refused", async () => {
    const other = new Phone();
    const swap = (): Uint8Array =>
      encodeJoinerReveal({
        nonce: random.bytes(32),
        device: other.signer.publicKey,
        class: "full",
        name: "other",
        certificate: new Uint8Array(10),
      });
    const meeting = await finish(await meet({ toSponsor: at(1, swap) }));
    check(meeting);
    expect(meeting.home.codes).toEqual([]);
  });
});

describe("hostile bytes", () => {
  it("K5: no text makes the parser of links do anything but refuse it", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.base64String().map((text) => `homeport:link/1/${text}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => parseInvitation(text)).toThrow(expect.objectContaining({ code: "wrong-link" }));
      }),
    );
  });

  it("K5: a link survives spaces, line breaks and capitals, and no changed letter", () => {
    const text = encodeInvitation({
      secret: random.bytes(32),
      transport: random.bytes(32),
      addresses: ["/ip4/10.0.0.7/tcp/4001"],
      expires: 1e12,
    });
    const spread = text.toUpperCase().replace(/(.{40})/g, "$1\n  ");
    expect(encodeInvitation(parseInvitation(spread))).toBe(text);
    expect(() => parseInvitation(`${text}a`)).toThrow(expect.objectContaining({ code: "wrong-link" }));
    expect(() => parseInvitation(text.slice(0, -1))).toThrow(expect.objectContaining({ code: "wrong-link" }));
  });

  it("K5: a well-formed frame above its limit is refused", () => {
    const ops = Array.from({ length: 40 }, () => new Uint8Array(16_000));
    expect(() => decodeWelcome(encodeCbor([1, 7, ops, [], 1]))).toThrow(/too large/);
    expect(decodeWelcome(encodeCbor([1, 7, ops.slice(0, 20), [], 1])).ops.length).toBe(20);
  });

  it("K5: no frame makes a decoder throw anything but MalformedError", () => {
    const decoders = [
      (bytes: Uint8Array) => decodeOpening("hello", bytes),
      decodeJoinerReveal,
      decodeSponsorReveal,
      decodeDraft,
      decodeConsent,
      decodeWelcome,
    ];
    const frames = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.jsonValue().map((value) => encodeCbor(noFloats(value))),
      fc.tuple(fc.nat(8), fc.array(fc.uint8Array({ maxLength: 40 }))).map(([type, fields]) => encodeCbor([1, type, ...fields])),
    );
    fc.assert(
      fc.property(frames, (bytes) => {
        for (const decode of decoders) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Json = Parameters<typeof encodeCbor>[0];

function noFloats(value: unknown): Json {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (typeof item === "number" ? Math.trunc(item) % 1e9 : item)) as Json;
}
