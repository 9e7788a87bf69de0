import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KIND } from "../../../src/sync/content/kinds.ts";
import { carry } from "./harness/carry.ts";
import { Rig } from "./harness/rig.ts";
import { rest } from "./harness/test-clock.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(() => rig.dispose());

/** The phone says that `device` runs the account, and the home PC hears of it. */
async function phoneSays(account: string, device: Uint8Array): Promise<void> {
  await carry(rig.core, rig.phone);
  const said = { bridge: account, network: "scripted", device, name: "me", removed: false };
  rig.phone.transact((writer) => writer.append(rig.phone.ownLog.row, KIND.bridgeAccount, said));
  await carry(rig.phone, rig.core);
  await rest();
}

describe("B5: a login runs on one device", () => {
  test("a device lets go of an account that another one has taken over, and sends nothing more", async () => {
    const { account, conversation } = await rig.withChannel();
    await phoneSays(account, rig.phone.self);
    expect(rig.host.list()).toEqual([]);
    const sent = rig.write(conversation, "to the other device");
    await rig.clock.advance(60_000);
    expect(rig.stateOf(sent)).toBeUndefined();
    await rig.restart();
    expect(rig.host.list()).toEqual([]);
  });

  test("what it did not send is in doubt once it takes the account back, and goes out when the person says so", async () => {
    const { account, conversation } = await rig.withChannel();
    await phoneSays(account, rig.phone.self);
    const sent = rig.write(conversation, "nobody sent this");
    rig.host.takeOver(account);
    await rest();
    expect(rig.host.list().map((row) => row.account)).toEqual([account]);
    expect(rig.stateOf(sent)).toMatchObject({ state: "in-doubt" });
    expect(rig.host.outbox().map(({ id }) => id)).toEqual([sent.row]);
  });

  test("what one device says of another does not move an account", async () => {
    const { account } = await rig.withChannel();
    await phoneSays(account, new Uint8Array(32).fill(9));
    expect(rig.host.list().map((row) => row.account)).toEqual([account]);
  });
});
