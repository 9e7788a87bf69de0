import { linkPair } from "../../harness/memory-links.ts";
import { describeLink } from "./link-conformance.ts";

describeLink("memory", async () => ({
  pair: async () => linkPair(),
  stop: async () => undefined,
  keys: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
}));
