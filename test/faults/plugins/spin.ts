import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { wellBehaved } from "./base.ts";

export const plugin: PluginFactory = (host) =>
  wellBehaved(host, {
    connect: async () => {
      for (;;) {
        // Never gives the event loop back.
      }
    },
  });
