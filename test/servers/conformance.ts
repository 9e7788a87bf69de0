import { afterAll, beforeAll, describe } from "vitest";
import { crashes } from "./conformance/crashes.ts";
import { floods } from "./conformance/floods.ts";
import { hostileTexts } from "./conformance/hostile-texts.ts";
import { links } from "./conformance/links.ts";
import type { NetworkUnderTest } from "./conformance/network.ts";
import { outages } from "./conformance/outages.ts";
import { talking } from "./conformance/talking.ts";

/**
 * What every plugin has to pass against a real server of its network before it is listed: nothing lost, nothing twice, or
 * visibly in doubt, whatever crashes, restarts, lies or floods. The ids (K1 …) stand in the titles of the tests.
 */
export function conformance(name: string, makeNetwork: () => Promise<NetworkUnderTest>): void {
  describe(`conformance of ${name}`, () => {
    let network: NetworkUnderTest | undefined;
    beforeAll(async () => {
      network = await makeNetwork();
    });
    afterAll(async () => {
      await network?.[Symbol.asyncDispose]();
    });
    const present = (): NetworkUnderTest => {
      if (!network) throw new Error(`${name} did not start`);
      return network;
    };
    for (const part of [talking, crashes, outages, floods, hostileTexts, links]) part(present);
  });
}
