import { describe, expect, test } from "vitest";
import {
  blocksSending,
  type ContactTrust,
  labelOfOwn,
  markOf,
  TRUST,
  trustMarkOf,
  trustOfPeer,
  trustWords,
} from "../../../src/security-labels/index.ts";
import { PEERS } from "./all-facts.ts";

describe("labels 2: trust, the second axis", () => {
  test("changed and compromised block sending, nothing else does", () => {
    expect(TRUST.filter(blocksSending)).toEqual(["compromised", "changed"]);
    expect(blocksSending(undefined)).toBe(false);
  });

  test("a peer of a network is verified only where the plugin says so", () => {
    expect(PEERS.map((peer) => trustOfPeer({ protocol: "signal", peer }))).toEqual(["verified", "first-seen", "first-seen", "changed"]);
  });

  test("own conversations are e2ee-device, whatever the contact's trust; other kinds of trust are not ours", () => {
    const contact: (ContactTrust | undefined)[] = [undefined, "unvalidated", "validated", "compromised"];
    expect(contact.map(labelOfOwn)).toEqual(contact.map(() => "e2ee-device"));
    expect(labelOfOwn("verified" as ContactTrust)).toBe("plaintext");
  });

  test("green is for what somebody checked", () => {
    expect(TRUST.filter((trust) => markOf("e2ee-device", trust).colour === "green")).toEqual(["validated"]);
    expect(markOf("e2ee-device").colour).toBe("neutral");
    expect(markOf("e2ee-device", "compromised").colour).toBe("red");
    expect(TRUST.filter((trust) => trustMarkOf(trust).colour === "green")).toEqual(["validated", "verified"]);
    expect(TRUST.filter((trust) => trustMarkOf(trust).colour === "red")).toEqual(["compromised", "changed"]);
  });

  test("each has words of its own", () => {
    expect(new Set(TRUST.map((trust) => trustWords(trust).short)).size).toBe(TRUST.length);
    expect(new Set(TRUST.map((trust) => trustWords(trust).long)).size).toBe(TRUST.length);
  });
});
