import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Link, MAX_FRAME } from "../../../src/sync/ports.ts";
import { Inbox, wait } from "./pairs.ts";

export interface PairMaker {
  pair(): Promise<[Link, Link]>;
  stop(): Promise<void>;
  /** Keys of the dialling and of the listening side. */
  keys: [Uint8Array, Uint8Array];
}

const numbered = (n: number, size = 300): Uint8Array => {
  const frame = new Uint8Array(size).fill(n & 0xff);
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
};
const numberOf = (frame: Uint8Array): number => new DataView(frame.buffer, frame.byteOffset).getUint32(0);

/** What every `Link` has to do, whatever carries it (`Link` in src/sync/ports.ts). */
export function describeLink(name: string, make: () => Promise<PairMaker>): void {
  describe(`Link over ${name}`, () => {
    let maker: PairMaker;
    beforeAll(async () => {
      maker = await make();
    });
    afterAll(() => maker.stop());

    it("knows both ends: authenticated keys, who dialled, an address", async () => {
      const [near, far] = await maker.pair();
      expect([near.outbound, far.outbound]).toEqual([true, false]);
      expect(near.peer).toEqual(maker.keys[1]);
      expect(far.peer).toEqual(maker.keys[0]);
      expect(near.address).toMatch(/^\//);
      expect(near.address).not.toContain("/p2p/");
      near.close();
    });

    it("hands over 100,000 small frames whole and in order", { timeout: 60_000 }, async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far);
      for (let n = 0; n < 100_000; n++) await near.send(numbered(n));
      await inbox.until(100_000);
      expect(inbox.frames.every((frame, n) => frame.length === 300 && numberOf(frame) === n)).toBe(true);
      near.close();
    });

    it("carries frames of every size up to 1 MiB, both ways at once", { timeout: 60_000 }, async () => {
      const [near, far] = await maker.pair();
      const sizes = [1, 2, 127, 128, 129, 16_383, 16_384, 65_536, 262_144, MAX_FRAME - 1, MAX_FRAME, MAX_FRAME, 5];
      const frames = sizes.map((size) => new Uint8Array(randomBytes(size)));
      const inboxes = [new Inbox(near), new Inbox(far)];
      await Promise.all([near, far].flatMap((link) => frames.map((frame) => link.send(frame))));
      await Promise.all(inboxes.map((inbox) => inbox.until(frames.length)));
      for (const inbox of inboxes) {
        expect(inbox.frames.length).toBe(frames.length);
        for (const [n, frame] of frames.entries()) expect(Buffer.compare(inbox.frames[n] as Uint8Array, frame)).toBe(0);
      }
      near.close();
    });

    it("takes a copy of a frame: the caller may use its buffer again at once", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far);
      for (const buffer of [new Uint8Array(64).fill(1), Buffer.alloc(64, 1)]) {
        const sent = near.send(buffer);
        buffer.fill(2);
        await sent;
        buffer.fill(3);
      }
      await inbox.until(2);
      expect(inbox.frames).toEqual([new Uint8Array(64).fill(1), new Uint8Array(64).fill(1)]);
      near.close();
    });

    it("refuses frames that are empty or above 1 MiB and stays open", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far);
      await expect(near.send(new Uint8Array(0))).rejects.toThrow(RangeError);
      await expect(near.send(new Uint8Array(MAX_FRAME + 1))).rejects.toThrow(RangeError);
      await near.send(numbered(7));
      await inbox.until(1);
      near.close();
    });

    it("keeps frames for a receiver that starts late", async () => {
      const [near, far] = await maker.pair();
      for (let n = 0; n < 100; n++) await near.send(numbered(n));
      await wait(50);
      const inbox = new Inbox(far);
      await inbox.until(100);
      expect(inbox.frames.map(numberOf)).toEqual([...Array(100).keys()]);
      near.close();
    });

    it("hands over nothing while the receiver's promise is pending", async () => {
      const [near, far] = await maker.pair();
      let release = (): void => undefined;
      const inbox = new Inbox(far, () => new Promise((resolve) => (release = resolve)));
      for (let n = 0; n < 3; n++) await near.send(numbered(n));
      await inbox.until(1);
      await wait(50);
      expect(inbox.frames.length).toBe(1);
      release();
      await inbox.until(2);
      release();
      await inbox.until(3);
      release();
      near.close();
    });

    it("backpressure: a sender waits for a receiver that takes nothing, and nothing is lost", { timeout: 60_000 }, async () => {
      const [near, far] = await maker.pair();
      let open = false;
      const gate = Promise.withResolvers<void>();
      const inbox = new Inbox(far, () => (open ? undefined : gate.promise));
      let taken = 0;
      const sending = (async () => {
        for (let n = 0; n < 1_000; n++) {
          await near.send(numbered(n, 65_536));
          taken++;
        }
      })();
      await wait(500);
      const stalled = taken;
      expect(stalled * 65_536).toBeLessThan(4 << 20);
      await wait(300);
      expect(taken).toBe(stalled);
      open = true;
      gate.resolve();
      await sending;
      await inbox.until(1_000);
      expect(inbox.frames.map(numberOf)).toEqual([...Array(1_000).keys()]);
      near.close();
    });

    it("a slow receiver in one direction does not stop the other", async () => {
      const [near, far] = await maker.pair();
      new Inbox(far, () => new Promise(() => undefined));
      const back = new Inbox(near);
      const stuck = Array.from({ length: 100 }, (_, n) => near.send(numbered(n, 65_536)).catch(() => undefined));
      await wait(50);
      for (let n = 0; n < 100; n++) await far.send(numbered(n));
      await back.until(100);
      near.close();
      await Promise.all(stuck);
    });

    for (const closer of ["dialling", "listening"] as const) {
      it(`what the ${closer} side sent before it closed arrives, then closed() once on both sides`, async () => {
        const [near, far] = await maker.pair();
        const [closing, staying] = closer === "dialling" ? [near, far] : [far, near];
        const own = new Inbox(closing);
        const inbox = new Inbox(staying);
        for (let n = 0; n < 1_000; n++) void closing.send(numbered(n)).catch(() => undefined);
        closing.close();
        await Promise.all([own.whenClosed, inbox.whenClosed]);
        expect(inbox.frames.map(numberOf)).toEqual([...Array(inbox.frames.length).keys()]);
        expect(inbox.frames.length).toBeGreaterThan(800);
        closing.close();
        staying.close();
        await wait(30);
        expect([own.closed, inbox.closed]).toEqual([1, 1]);
      });
    }

    it("frames that are held for a slow receiver still arrive after the sender closed", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far, () => wait(2));
      for (let n = 0; n < 50; n++) await near.send(numbered(n, 10_000));
      near.close();
      await inbox.whenClosed;
      expect(inbox.frames.map(numberOf)).toEqual([...Array(50).keys()]);
    });

    it("hands over nothing after close(), also from within a handler", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far, () => far.close());
      for (let n = 0; n < 10; n++) void near.send(numbered(n)).catch(() => undefined);
      await inbox.whenClosed;
      await wait(50);
      expect(inbox.frames.length).toBe(1);
    });

    it("send rejects after close, on both sides", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(far);
      new Inbox(near);
      near.close();
      await expect(near.send(numbered(1))).rejects.toMatchObject({ code: "link-closed" });
      await inbox.whenClosed;
      await expect(far.send(numbered(1))).rejects.toMatchObject({ code: "link-closed" });
    });

    for (const closer of ["own", "other"] as const) {
      it(`sends that wait reject when the ${closer} side closes`, async () => {
        const [near, far] = await maker.pair();
        new Inbox(near);
        new Inbox(far, () => new Promise(() => undefined));
        const sends = Array.from({ length: 200 }, (_, n) => near.send(numbered(n, 65_536)));
        const settled = Promise.allSettled(sends);
        await wait(100);
        (closer === "own" ? near : far).close();
        const states = await settled;
        expect(states.filter(({ status }) => status === "rejected").length).toBeGreaterThan(50);
      });
    }

    it("closing while both sides send ends in closed() on both", async () => {
      for (let round = 0; round < 5; round++) {
        const [near, far] = await maker.pair();
        const inboxes = [new Inbox(near), new Inbox(far)];
        let going = true;
        const flood = async (link: Link): Promise<void> => {
          for (let n = 0; going; n++) {
            try {
              await link.send(numbered(n, 20_000));
            } catch {
              return;
            }
          }
        };
        const floods = [flood(near), flood(far)];
        await wait(20);
        (round % 2 === 0 ? near : far).close();
        await Promise.all(inboxes.map((inbox) => inbox.whenClosed));
        await Promise.all(floods);
        going = false;
        for (const inbox of inboxes) expect(inbox.frames.map(numberOf)).toEqual([...Array(inbox.frames.length).keys()]);
      }
    });

    it("a receiver that fails ends the link on both sides", async () => {
      const [near, far] = await maker.pair();
      const inbox = new Inbox(near);
      new Inbox(far, () => Promise.reject(new Error("cannot store it")));
      await near.send(numbered(1));
      await inbox.whenClosed;
      const [near2, far2] = await maker.pair();
      const inbox2 = new Inbox(near2);
      new Inbox(far2, () => {
        throw new Error("cannot store it");
      });
      await near2.send(numbered(1));
      await inbox2.whenClosed;
    });

    it("closed() comes also to a receiver that starts after the end, behind what arrived", async () => {
      const [near, far] = await maker.pair();
      await near.send(numbered(1));
      near.close();
      await wait(50);
      const inbox = new Inbox(far);
      await inbox.whenClosed;
      expect(inbox.frames.map(numberOf)).toEqual([1]);
    });

    it("is started once", async () => {
      const [near] = await maker.pair();
      new Inbox(near);
      expect(() => new Inbox(near)).toThrow(TypeError);
      near.close();
    });

    it("bounded memory: a receiver that takes nothing costs a few MiB a link", { timeout: 60_000 }, async () => {
      const pairs = await Promise.all(Array.from({ length: 8 }, () => maker.pair()));
      let taken = 0;
      for (const [near, far] of pairs) {
        new Inbox(far, () => new Promise(() => undefined));
        void (async () => {
          for (;;) {
            await near.send(numbered(1, 65_536));
            taken++;
          }
        })().catch(() => undefined);
      }
      await wait(500);
      expect(taken * 65_536).toBeLessThan(8 * (4 << 20));
      for (const [near] of pairs) near.close();
    });
  });
}
