import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeFacts } from "../../../src/security-labels/index.ts";
import { anyFacts, facts, link } from "./all-facts.ts";

const SHA256 = "8ead09d44fb805700d2d3c715822da9dde94871bfb2acfc50ca35f65c88897cf";
const FINGERPRINT = "8E:AD:09:D4:4F:B8:05:70:0D:2D:3C:71:58:22:DA:9D:DE:94:87:1B:FB:2A:CF:C5:0C:A3:5F:65:C8:88:97:CF";

describe("labels 5: the facts behind a label", () => {
  test("all that is known stands there, in the order of the details", () => {
    const all = facts({
      link: {
        kind: "tls",
        verified: true,
        version: "TLSv1.3",
        server: "irc.example.org",
        certificate: { sha256: SHA256, issuer: "Example CA" },
        mechanism: "SASL PLAIN",
        via: "socks5 127.0.0.1:9050",
        measuredBy: "host",
      },
      source: "history",
      e2ee: { protocol: "omemo:2", peer: "tofu", keyId: "0f0e" },
      restBeyondServer: "may-be-plaintext",
    });
    expect(describeFacts(all).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      "Server: irc.example.org",
      "Connection: TLS",
      "Server's identity: proved",
      "Version: TLSv1.3",
      `Certificate SHA-256: ${FINGERPRINT}`,
      "Certificate issued by: Example CA",
      "Login: SASL PLAIN",
      "Way out: socks5 127.0.0.1:9050",
      "Measured by: your home PC",
      "End-to-end encryption: OMEMO 0.8, on the bridge plugin's word",
      "Key of the other side: The key of the other side was taken as it came; nobody has checked it.",
      "Key: 0f0e",
      "Behind the server: it may travel unencrypted",
      "Came: from the server's history: how it was sent at the time is not known",
    ]);
  });

  test("what is bad is said, and who measured it", () => {
    const bad = describeFacts(
      facts({ link: link({ verified: false, measuredBy: "plugin" }), e2ee: { protocol: "otr", peer: "unverified" } }),
    );
    expect(bad).toContainEqual({ name: "Server's identity", value: "NOT proved: this counts as not encrypted" });
    expect(bad).toContainEqual({ name: "Measured by", value: "the bridge plugin, on its word" });
    expect(bad).toContainEqual({ name: "Key of the other side", value: "NOT verified: it may be anybody's" });
    expect(describeFacts(facts({ link: link({ kind: "none" }) }))).toContainEqual({ name: "Connection", value: "no encryption" });
  });

  test("Homeport's own have two lines", () => {
    expect(describeFacts({ e2ee: "homeport", peer: "self" })).toEqual([
      { name: "End-to-end encryption", value: "Homeport" },
      { name: "Between", value: "your own devices" },
    ]);
    expect(describeFacts({ e2ee: "homeport", peer: "contact" })[1]?.value).toBe("your devices and your contact's");
  });

  test("hostile text in any fact is made harmless and short", () => {
    fc.assert(
      fc.property(anyFacts, (one) => {
        for (const { name, value } of describeFacts(one))
          expect(`${name}: ${value}`).toMatch(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,500}$/u);
      }),
    );
  });
});
