import { describe, expect, it } from "vitest";
import { freshAccount, meet } from "./meet.ts";
import { Home, Phone, crypto, random } from "./party.ts";
import { linkPair, ManualClock, quiet } from "./link-pair.ts";
import { issueCertificate, verifyCertificate } from "../../../src/sync/account/certificate.ts";
import { OpSet } from "../../../src/sync/account/op-set.ts";
import { standingOf } from "../../../src/sync/account/resolve.ts";
import { parseInvitation, encodeInvitation } from "../../../src/sync/linking/invitation.ts";

describe("a linking that succeeds", () => {
  it("K5: shows one code on both sides, and lets the device in once it is confirmed", async () => {
    const { home, phone } = await meet();
    expect(phone.codes).toEqual([home.codes[0]?.code]);
    expect(phone.codes[0]).toMatch(/^\d{3} \d{3}$/);
    expect(home.set.state.devices.size).toBe(1);
    home.sponsor.confirm(home.codes[0]?.code.replace(" ", "") ?? "");
    await phone.done;
    expect(phone.error).toBeUndefined();
    expect(home.linked).toMatchObject([
      { device: phone.signer.publicKey, name: "Anna's phone", class: "full", transport: phone.transport },
    ]);
    expect(standingOf(home.set.state, phone.signer.publicKey)).toMatchObject({ state: "admitted", rank: [2], class: "full" });
  });

  it("K5: gives the new device the whole account and the certificates", async () => {
    const { home, phone } = await meet();
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    const { account, ops, certificates, sponsor } = phone.result as NonNullable<typeof phone.result>;
    expect(account).toEqual(home.set.account);
    const set = new OpSet(crypto, account);
    for (const op of ops) set.add(op);
    expect(set.state).toEqual(home.set.state);
    expect(sponsor).toEqual({ device: home.signer.publicKey, transport: home.transport });
    expect(certificates.map((bytes) => verifyCertificate(crypto, bytes, home.clock.now()).device)).toEqual([home.signer.publicKey]);
  });

  it("K5: persists the new device's keys before its consent leaves", async () => {
    const { home, phone, pair } = await meet();
    let sent = 0;
    phone.onPersist = () => {
      sent = pair.toSponsor.length;
    };
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect(phone.persisted).toEqual([{ account: home.set.account, sponsor: { device: home.signer.publicKey, transport: home.transport } }]);
    expect([sent, pair.toSponsor.length]).toEqual([2, 3]);
  });

  it("W1: a browser is admitted as a browser", async () => {
    const phone = new Phone();
    phone.class = "browser";
    const { home } = await meet({ phone });
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect(standingOf(home.set.state, phone.signer.publicKey)?.class).toBe("browser");
  });

  it("K5: an account of a thousand ops arrives in several frames", async () => {
    const home = await freshAccount(900);
    const { phone, pair } = await meet({ home });
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect(phone.error).toBeUndefined();
    expect(phone.result?.ops.length).toBe(home.set.size);
    expect(pair.toJoiner.length).toBeGreaterThan(4);
  });

  it("K5: leaves no timer behind and closes both ends", async () => {
    const { home, phone } = await meet();
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    await quiet();
    expect(home.clock.timers).toBe(0);
  });

  it("K5: two invitations are used at the same time by two devices", async () => {
    const home = await Home.make();
    const [a, b] = [await meet({ home }), await meet({ home })];
    home.sponsor.confirm(b.phone.codes[0] ?? "");
    await b.phone.done;
    home.sponsor.confirm(a.phone.codes[0] ?? "");
    await a.phone.done;
    expect([a.phone.error, b.phone.error]).toEqual([undefined, undefined]);
    expect(home.set.state.devices.size).toBe(3);
  });
});

describe("a link that does not work", () => {
  it("K5: a wrong, a used and an expired secret, and no invitation at all, look the same to the new device", async () => {
    const wrong = await meet({ change: (text) => withSecret(text, random.bytes(32)) });
    const used = await meet();
    const again = await meet({ home: used.home, text: used.text });
    const expired = await meet({ before: (home) => home.clock.advance(10 * 60_000) });
    const none = await meet({ text: withSecret(used.text, random.bytes(32)), home: await Home.make(), sameTransport: true });
    for (const { phone, pair } of [wrong, again, expired, none]) {
      await phone.done;
      expect(phone.error?.code).toBe("wrong-link");
      expect(pair.toJoiner).toEqual([]);
    }
    expect(new Set([wrong, again, expired].map(({ phone }) => phone.error?.message)).size).toBe(1);
  });

  it("K5: an expired invitation is reported to the sponsor, once", async () => {
    const home = await Home.make();
    home.invite();
    home.clock.advance(10 * 60_000);
    home.clock.advance(10 * 60_000);
    expect(home.failed.map(({ code }) => code)).toEqual(["expired"]);
  });

  it("K5: a clock that jumps ahead expires the link even before its timer", async () => {
    const clock = new ManualClock();
    const home = await Home.make(clock);
    const real = clock.now.bind(clock);
    const { phone } = await meet({
      home,
      before: () => {
        clock.now = () => real() + 11 * 60_000;
      },
    });
    await phone.done;
    expect(phone.error?.code).toBe("wrong-link");
  });

  it("K5: at most four invitations are open, and one that is taken back makes room", async () => {
    const home = await Home.make();
    const open = [1, 2, 3, 4].map(() => home.invite());
    expect(() => home.invite()).toThrow(expect.objectContaining({ code: "too-many-links" }));
    open[0]?.cancel();
    expect(home.failed.map(({ code }) => code)).toEqual(["cancelled"]);
    expect(home.invite().text).toMatch(/^homeport:link\/1\/[a-z2-7]+$/);
  });

  it("K5: an invitation that was taken back works no more", async () => {
    const home = await Home.make();
    const invited = home.invite();
    invited.cancel();
    const { phone } = await meet({ home, text: invited.text });
    await phone.done;
    expect(phone.error?.code).toBe("wrong-link");
  });

  it("K5: taking an invitation back breaks off the linking that it began", async () => {
    const { home, phone, invited } = await meet();
    invited?.cancel();
    await phone.done;
    expect([phone.error?.code, home.failed[0]?.code]).toEqual(["not-confirmed", "cancelled"]);
    expect(() => home.sponsor.confirm("123 456")).toThrow(expect.objectContaining({ code: "not-found" }));
  });

  it("K5: a device that answers with another transport key than the link's is not spoken to", async () => {
    const home = await Home.make();
    const { text } = home.invite();
    const other = await Home.make();
    const { phone, pair } = await meet({ home: other, text });
    await phone.done;
    expect(phone.error?.code).toBe("wrong-link");
    expect(pair.toSponsor).toEqual([]);
  });

  it("A4: a revoked device makes no link", async () => {
    const home = await Home.make();
    const { phone } = await meet({ home });
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    const { authorRevoke } = await import("../../../src/sync/account/author.ts");
    await authorRevoke({ crypto, set: home.set, signer: home.signer, commit: (op) => void home.set.add(op) }, [home.signer.publicKey]);
    expect(() => home.invite()).toThrow(expect.objectContaining({ code: "not-allowed" }));
  });
});

describe("the code", () => {
  it("K5: a wrong code lets nobody in, and the right one still does", async () => {
    const { home, phone } = await meet();
    const code = home.codes[0]?.code ?? "";
    const wrong = code === "000 000" ? "000 001" : "000 000";
    expect(() => home.sponsor.confirm(wrong)).toThrow(expect.objectContaining({ code: "wrong-code" }));
    expect(() => home.sponsor.confirm(wrong)).toThrow(expect.objectContaining({ code: "wrong-code" }));
    home.sponsor.confirm(code);
    await phone.done;
    expect(phone.error).toBeUndefined();
  });

  it("K5: after three wrong codes the linking is broken off and the right one comes too late", async () => {
    const { home, phone } = await meet();
    const code = home.codes[0]?.code ?? "";
    const wrong = code === "000 000" ? "000 001" : "000 000";
    for (let i = 0; i < 3; i++) expect(() => home.sponsor.confirm(wrong)).toThrow(expect.objectContaining({ code: "wrong-code" }));
    expect(() => home.sponsor.confirm(code)).toThrow(expect.objectContaining({ code: "not-found" }));
    await phone.done;
    expect(phone.error?.code).toBe("not-confirmed");
    expect(home.failed.map((error) => error.code)).toEqual(["wrong-code"]);
    expect(home.set.size).toBe(1);
  });

  it("K5: a code that nobody confirms before the link expires lets nobody in", async () => {
    const { home, phone } = await meet();
    home.clock.advance(10 * 60_000);
    await phone.done;
    expect(phone.error?.code).toBe("not-confirmed");
    expect(home.failed[0]?.code).toBe("timed-out");
  });

  it("K5: confirming without a device that waits says so", async () => {
    const home = await Home.make();
    expect(() => home.sponsor.confirm("123 456")).toThrow(expect.objectContaining({ code: "not-found" }));
  });
});

describe("certificates and names", () => {
  it("K2: a certificate of another transport key is refused before the code", async () => {
    const phone = new Phone();
    phone.certificate = await issueCertificate(phone.signer, { transport: random.bytes(32), epoch: 1, expires: Number.MAX_SAFE_INTEGER });
    const { home } = await meet({ phone });
    await phone.done;
    expect([home.failed[0]?.code, home.codes.length]).toEqual(["linking-failed", 0]);
  });

  it("K2: a certificate of another device is refused before the code", async () => {
    const phone = new Phone();
    phone.certificate = await issueCertificate(new Phone().signer, {
      transport: phone.transport,
      epoch: 1,
      expires: Number.MAX_SAFE_INTEGER,
    });
    const { home } = await meet({ phone });
    await phone.done;
    expect([home.failed[0]?.code, home.codes.length]).toEqual(["linking-failed", 0]);
  });

  it("K5: a name with control characters, or none, is refused where it is given", async () => {
    for (const name of ["", "  ", "\u001b[31mred", "a\u202eb", "x".repeat(129)]) {
      const phone = new Phone();
      phone.name = name;
      await meet({ phone });
      await phone.done;
      expect(phone.error?.code).toBe("wrong-name");
    }
  });
});

describe("what goes wrong on this side", () => {
  it("K5: where the admission cannot be stored, nobody is told that the device is linked", async () => {
    const { home, phone } = await meet();
    home.broken = true;
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect([home.failed[0]?.code, home.linked.length, home.set.size]).toEqual(["linking-failed", 0, 1]);
    expect(phone.error?.code).toBe("linking-interrupted");
  });

  it("K5: a device whose account did not arrive gets it by another link, and stays the one that was let in", async () => {
    const home = await Home.make();
    const phone = new Phone();
    await meet({ home, phone, toJoiner: (frame, n) => (n < 3 ? frame : "cut") });
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect([phone.error?.code, home.set.size, home.linked.length]).toEqual(["linking-interrupted", 2, 1]);
    await meet({ home, phone });
    home.sponsor.confirm(home.codes[1]?.code ?? "");
    await phone.done;
    expect(phone.result?.ops.length).toBe(2);
    expect([home.set.size, home.linked.length, phone.persisted.length]).toEqual([2, 2, 2]);
  });

  it("K5: a frozen device does not come in again by another link", async () => {
    const home = await Home.make();
    const phone = new Phone();
    await meet({ home, phone });
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    const { authorFreeze } = await import("../../../src/sync/account/author.ts");
    await authorFreeze({ crypto, set: home.set, signer: home.signer, commit: (op) => void home.set.add(op) }, phone.signer.publicKey);
    phone.result = undefined;
    await meet({ home, phone });
    home.sponsor.confirm(home.codes[1]?.code ?? "");
    await phone.done;
    expect([phone.result, home.failed[0]?.code]).toEqual([undefined, "exists"]);
  });

  it("K5: a sponsor that is revoked while the person compares admits nobody", async () => {
    const { home, phone } = await meet();
    const { authorRevoke } = await import("../../../src/sync/account/author.ts");
    await authorRevoke({ crypto, set: home.set, signer: home.signer, commit: (op) => void home.set.add(op) }, [home.signer.publicKey]);
    home.sponsor.confirm(home.codes[0]?.code ?? "");
    await phone.done;
    expect(home.failed[0]?.code).toBe("not-allowed");
    expect(phone.persisted).toEqual([]);
  });
});

describe("strangers", () => {
  it("K5: a stranger that says nothing is cut after 30 seconds, and sixteen of them do not keep a device out", async () => {
    const home = await Home.make();
    const idle = Array.from({ length: 40 }, () => linkPair({ joiner: random.bytes(32), sponsor: home.transport }));
    let closed = 0;
    for (const pair of idle) {
      pair.joiner.start({ frame: () => undefined, closed: () => closed++ });
      home.sponsor.accept(pair.sponsor);
    }
    await quiet();
    expect(closed).toBe(24);
    const { phone } = await meet({ home });
    expect(phone.codes.length).toBe(1);
    home.clock.advance(30_000);
    await quiet();
    expect(closed).toBe(40);
  });

  it("K5: a first frame of 1 MiB is not decoded and gets no answer", async () => {
    const home = await Home.make();
    home.invite();
    const pair = linkPair({ joiner: random.bytes(32), sponsor: home.transport });
    let closed = false;
    pair.joiner.start({ frame: () => undefined, closed: () => void (closed = true) });
    home.sponsor.accept(pair.sponsor);
    await pair.joiner.send(new Uint8Array(1 << 20)).catch(() => undefined);
    await quiet();
    expect([closed, pair.toJoiner.length]).toEqual([true, 0]);
  });
});

function withSecret(text: string, secret: Uint8Array): string {
  return encodeInvitation({ ...parseInvitation(text), secret });
}
