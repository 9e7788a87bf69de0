import { expect, test } from "vitest";
import { toHex } from "../../../src/sync/encoding/bytes.ts";
import { decodeFrame } from "../../../src/sync/session/frames.ts";
import type { SimDevice } from "../../simulation/sim-device.ts";
import { SimNetwork } from "../../simulation/sim-network.ts";

/** By sender and receiver: how many entries went that way, by the device that wrote them. */
function counted(network: SimNetwork): Map<string, number> {
  const counts = new Map<string, number>();
  network.tap = (bytes, from, to) => {
    const frame = decodeFrame(bytes);
    if (frame.type !== "entries") return;
    for (const { feed, entries } of frame.runs) {
      const author = network.devices.find(({ key }) => toHex(key) === toHex(feed))?.name ?? "";
      const way = `${author}: ${from.name} → ${to.name}`;
      counts.set(way, (counts.get(way) ?? 0) + entries.length);
    }
  };
  return counts;
}

test("B6: what a device sent does not go back to it, and each entry reaches each other device", async () => {
  const network = await SimNetwork.create(5, ["home", "phone", "laptop"]);
  const [home, , laptop] = network.devices as [SimDevice, SimDevice, SimDevice];
  network.connectAll();
  await network.world.run(5000);
  const counts = counted(network);
  for (let n = 0; n < 20; n++) {
    home.write(`home ${n}`);
    if (n % 3 === 0) laptop.write(`laptop ${n}`);
    await network.world.run(200);
  }
  await network.world.run(5000);
  for (const device of network.devices) expect(device.texts().length).toBe(27);
  for (const { name } of network.devices)
    expect([...counts.keys()].filter((way) => way.startsWith(`${name}: `) && way.endsWith(`→ ${name}`))).toEqual([]);
  expect(counts.get("home: home → phone")).toBe(20);
});

test("B6: a new incarnation, of which the receiver has no feed yet, does not go back either", async () => {
  const network = await SimNetwork.create(6, ["home", "phone"]);
  const [home, phone] = network.devices as [SimDevice, SimDevice];
  network.connect(home, phone);
  await network.world.run(5000);
  const counts = counted(network);
  home.write("the first of its feed");
  await network.world.run(5000);
  expect(phone.texts()).toEqual(["the first of its feed"]);
  expect([...counts.keys()].filter((way) => way.startsWith("home: phone"))).toEqual([]);
});
