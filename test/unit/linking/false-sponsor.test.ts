import { describe, expect, it } from "vitest";
import { draftAdd, finishAdd } from "../../../src/sync/account/author.ts";
import { encodeSignedPart, type OpDraft, decodeSignedPart } from "../../../src/sync/account/op.ts";
import { encodeInvitation, parseInvitation } from "../../../src/sync/linking/invitation.ts";
import {
  decodeConsent,
  decodeJoinerReveal,
  decodeOpening,
  encodeDraft,
  encodeOpening,
  encodeSponsorReveal,
  encodeWelcome,
  type Welcome,
} from "../../../src/sync/linking/messages.ts";
import { commitTo, sponsorProof } from "../../../src/sync/linking/transcript.ts";
import { linkPair, quiet } from "./link-pair.ts";
import { crypto, Home, Phone, random } from "./party.ts";

/** Where a sponsor lies; by default nowhere. */
interface Lies {
  proof?: (proof: Uint8Array) => Uint8Array;
  identity?: (frame: Uint8Array, home: Home) => Uint8Array;
  draft?: (draft: OpDraft, home: Home) => Partial<OpDraft>;
  welcome?: (ops: Uint8Array[]) => Welcome[];
}

/** A sponsor that knows the secret and answers by hand, so that it can say anything. */
async function run(lies: Lies): Promise<{ home: Home; phone: Phone }> {
  const [home, phone] = [await Home.make(), new Phone()];
  const secret = random.bytes(32);
  const text = encodeInvitation({ secret, transport: home.transport, addresses: [], expires: home.clock.now() + 1e6 });
  const pair = linkPair({ joiner: phone.transport, sponsor: home.transport });
  const inbox: Uint8Array[] = [];
  pair.sponsor.start({ frame: (frame) => void inbox.push(frame), closed: () => undefined });
  const next = async (): Promise<Uint8Array | undefined> => {
    await quiet();
    return inbox.shift();
  };
  const say = async (frame: Uint8Array): Promise<void> => pair.sponsor.send(frame).catch(() => undefined);
  await phone.start(pair.joiner, text, home.clock);
  await script({ home, phone, secret: parseInvitation(text).secret, next, say, lies });
  await quiet();
  pair.sponsor.close();
  await quiet();
  await phone.done;
  return { home, phone };
}

interface Stage {
  home: Home;
  phone: Phone;
  secret: Uint8Array;
  next(): Promise<Uint8Array | undefined>;
  say(frame: Uint8Array): Promise<void>;
  lies: Lies;
}

async function script({ home, phone, secret, next, say, lies }: Stage): Promise<void> {
  const ends = { joiner: phone.transport, sponsor: home.transport };
  const hello = decodeOpening("hello", (await next()) as Uint8Array);
  const identity = encodeSponsorReveal({ nonce: random.bytes(32), device: home.signer.publicKey, account: home.set.account });
  const commitment = commitTo(crypto, identity);
  const proof = sponsorProof(crypto, secret, ends, hello.commitment, commitment);
  await say(encodeOpening("answer", { commitment, proof: lies.proof?.(proof) ?? proof }));
  const reveal = await next();
  if (reveal === undefined) return;
  await say(lies.identity?.(identity, home) ?? identity);
  await quiet();
  const draft = draftAdd({ crypto, set: home.set, signer: home.signer }, decodeJoinerReveal(reveal).device, "full");
  const honest = decodeSignedPart(draft.signedPart);
  await say(encodeDraft(lies.draft ? encodeSignedPart({ ...honest, ...lies.draft(honest, home) }) : draft.signedPart));
  const consent = await next();
  if (consent === undefined) return;
  const commit = (op: Uint8Array): void => void home.set.add(op);
  await finishAdd({ crypto, set: home.set, signer: home.signer, commit }, draft, decodeConsent(consent));
  const ops = home.set.all();
  for (const welcome of lies.welcome?.(ops) ?? [{ ops, certificates: [], last: true }]) await say(encodeWelcome(welcome));
}

const key = (): Uint8Array => new Phone().signer.publicKey;

describe("a sponsor that lies", () => {
  it("K5: the script itself is a valid sponsor where it tells the truth", async () => {
    const { phone, home } = await run({});
    expect([phone.error, phone.result?.ops.length]).toEqual([undefined, home.set.size]);
  });

  it("K5: one that does not know the secret sees no key of the new device", async () => {
    const { phone } = await run({ proof: () => random.bytes(32) });
    expect([phone.error?.code, phone.codes, phone.persisted]).toEqual(["wrong-link", [], []]);
  });

  it("K5: an empty proof is refused", async () => {
    const { phone } = await run({ proof: () => new Uint8Array(32) });
    expect(phone.error?.code).toBe("wrong-link");
  });

  it("K5: one that reveals another nonce than it committed to, to choose the code, gets no code shown", async () => {
    const change = (_: Uint8Array, home: Home): Uint8Array =>
      encodeSponsorReveal({ nonce: random.bytes(32), device: home.signer.publicKey, account: home.set.account });
    const { phone } = await run({ identity: change });
    expect([phone.error?.code, phone.codes]).toEqual(["linking-failed", []]);
  });

  it("K5: one that reveals another account than it committed to gets no code shown", async () => {
    const change = (_: Uint8Array, home: Home): Uint8Array =>
      encodeSponsorReveal({ nonce: random.bytes(32), device: home.signer.publicKey, account: random.bytes(32) });
    const { phone } = await run({ identity: change });
    expect([phone.error?.code, phone.codes]).toEqual(["linking-failed", []]);
  });

  const drafts: [what: string, draft: NonNullable<Lies["draft"]>][] = [
    ["another author", () => ({ author: key() })],
    ["another account", () => ({ account: random.bytes(32) })],
    ["no account", () => ({ account: null })],
    ["another device", () => ({ body: { type: "add", device: key(), class: "full" } })],
    ["another class", ({ body }) => ({ body: { type: "add", device: (body as { device: Uint8Array }).device, class: "browser" } })],
    ["a freeze", ({ body }) => ({ body: { type: "freeze", device: (body as { device: Uint8Array }).device } })],
    ["a type of a later version", () => ({ body: { type: "unknown", code: 99, body: null } })],
  ];
  for (const [what, draft] of drafts) {
    it(`K5: a draft with ${what} gets no consent, and nothing is stored`, async () => {
      const { phone, home } = await run({ draft });
      expect([phone.error?.code, phone.persisted, home.set.size]).toEqual(["linking-failed", [], 1]);
    });
  }

  const welcomes: [what: string, welcome: NonNullable<Lies["welcome"]>][] = [
    ["without the new device", (ops) => [{ ops: ops.slice(0, 1), certificates: [], last: true }]],
    ["without any op", () => [{ ops: [], certificates: [], last: true }]],
    ["with an op that is none", (ops) => [{ ops: [...ops, new Uint8Array(9)], certificates: [], last: true }]],
    ["without its genesis", (ops) => [{ ops: ops.slice(1), certificates: [], last: true }]],
    ["that does not end", () => Array.from({ length: 65 }, () => ({ ops: [], certificates: [], last: false }))],
    ["that breaks off", (ops) => [{ ops, certificates: [], last: false }]],
  ];
  for (const [what, welcome] of welcomes) {
    it(`K5: a welcome ${what} is refused, and the keys stay stored`, async () => {
      const { phone } = await run({ welcome });
      expect([phone.error?.code, phone.result, phone.persisted.length]).toEqual(["linking-interrupted", undefined, 1]);
    });
  }

  it("K5: a welcome is given up after 64 frames, not when the sponsor stops", async () => {
    const { phone } = await run({ welcome: () => Array.from({ length: 65 }, () => ({ ops: [], certificates: [], last: false })) });
    const refusal = phone.error?.cause as Error;
    expect([refusal.name, refusal.message]).toEqual(["MalformedError", "the welcome does not end"]);
  });

  it("K5: a welcome with ops of another account is refused", async () => {
    const { authorRevoke } = await import("../../../src/sync/account/author.ts");
    const other = await Home.make();
    await authorRevoke({ crypto, set: other.set, signer: other.signer, commit: (op) => void other.set.add(op) }, [other.signer.publicKey]);
    const { phone } = await run({ welcome: (ops) => [{ ops: [...ops, ...other.set.all()], certificates: [], last: true }] });
    expect(phone.error?.code).toBe("linking-interrupted");
  });
});
