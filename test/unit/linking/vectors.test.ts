import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DeviceClass } from "../../../src/sync/account/state.ts";
import { fromHex, toHex } from "../../../src/sync/encoding/bytes.ts";
import { encodeInvitation, parseInvitation } from "../../../src/sync/linking/invitation.ts";
import * as messages from "../../../src/sync/linking/messages.ts";
import { codeOf, commitTo, joinerProof, sponsorProof } from "../../../src/sync/linking/transcript.ts";
import { crypto } from "./party.ts";

interface Vectors {
  invitation: { secret: string; transport: string; addresses: string[]; expires: number; text: string };
  joiner: { device: string; transport: string; nonce: string; class: DeviceClass; name: string; certificate: string };
  sponsor: { device: string; transport: string; nonce: string; account: string };
  commitments: { joiner: string; sponsor: string };
  proofs: { joiner: string; sponsor: string };
  frames: Record<"hello" | "answer" | "reveal" | "identity" | "draft" | "consent" | "welcome", string>;
  code: string;
  invalidInvitations: string[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/linking.json", import.meta.url), "utf8")) as Vectors;
const { invitation, joiner, sponsor, commitments, proofs, frames } = vectors;
const ends = { joiner: fromHex(joiner.transport), sponsor: fromHex(sponsor.transport) };
const frame = (name: keyof Vectors["frames"]): Uint8Array => fromHex(frames[name]);

describe("linking vectors", () => {
  it("K5: the invitation and its text", () => {
    const { text, secret, transport, addresses, expires } = invitation;
    expect(parseInvitation(text)).toEqual({ secret: fromHex(secret), transport: fromHex(transport), addresses, expires });
    expect(encodeInvitation(parseInvitation(text))).toBe(text);
  });

  it("K5: texts that are no invitations", () => {
    for (const text of vectors.invalidInvitations)
      expect(() => parseInvitation(text)).toThrow(expect.objectContaining({ code: "wrong-link" }));
  });

  it("K5: the reveals", () => {
    const { device, nonce, class: deviceClass, name, certificate } = joiner;
    const reveal = { nonce: fromHex(nonce), device: fromHex(device), class: deviceClass, name, certificate: fromHex(certificate) };
    expect(toHex(messages.encodeJoinerReveal(reveal))).toBe(frames.reveal);
    expect(messages.decodeJoinerReveal(frame("reveal"))).toEqual(reveal);
    const identity = { nonce: fromHex(sponsor.nonce), device: fromHex(sponsor.device), account: fromHex(sponsor.account) };
    expect(toHex(messages.encodeSponsorReveal(identity))).toBe(frames.identity);
    expect(messages.decodeSponsorReveal(frame("identity"))).toEqual(identity);
  });

  it("K5: commitments and proofs", () => {
    expect(toHex(commitTo(crypto, frame("reveal")))).toBe(commitments.joiner);
    expect(toHex(commitTo(crypto, frame("identity")))).toBe(commitments.sponsor);
    const [secret, theirs, ours] = [invitation.secret, commitments.joiner, commitments.sponsor].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(toHex(joinerProof(crypto, secret, ends, theirs))).toBe(proofs.joiner);
    expect(toHex(sponsorProof(crypto, secret, ends, theirs, ours))).toBe(proofs.sponsor);
    expect(messages.decodeOpening("hello", frame("hello"))).toEqual({ commitment: theirs, proof: fromHex(proofs.joiner) });
    expect(messages.decodeOpening("answer", frame("answer"))).toEqual({ commitment: ours, proof: fromHex(proofs.sponsor) });
  });

  it("K5: the code", () => {
    expect(codeOf(crypto, ends, [frame("hello"), frame("answer"), frame("reveal"), frame("identity")])).toBe(vectors.code);
  });

  it("K5: draft, consent and welcome", () => {
    expect(toHex(messages.encodeDraft(messages.decodeDraft(frame("draft"))))).toBe(frames.draft);
    expect(toHex(messages.encodeConsent(messages.decodeConsent(frame("consent"))))).toBe(frames.consent);
    const welcome = messages.decodeWelcome(frame("welcome"));
    expect([welcome.ops.length, welcome.certificates.length, welcome.last]).toEqual([2, 1, true]);
    expect(toHex(messages.encodeWelcome(welcome))).toBe(frames.welcome);
  });
});
