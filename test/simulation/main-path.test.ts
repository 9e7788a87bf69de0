import { expect, test } from "vitest";
import { SimNetwork } from "./sim-network.ts";

test("B6: what one device writes is on all connected devices, in the same order", async () => {
  const network = await SimNetwork.create(1, ["home", "phone", "laptop"]);
  network.connectAll();
  await network.world.run(1000);
  for (const device of network.devices) {
    device.write(`hello from ${device.name}`);
    await network.world.run(500);
  }
  network.devices[0]?.ingest("#chan", ["a", "b", "c"]);
  await network.world.run(2000);
  const views = network.devices.map((device) => Object.fromEntries(device.view()));
  expect(views[1]).toEqual(views[0]);
  expect(views[2]).toEqual(views[0]);
  expect(network.devices[2]?.texts().sort()).toEqual(["a", "b", "c", "hello from home", "hello from laptop", "hello from phone"]);
});
