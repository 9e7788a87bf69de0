import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { wellBehaved } from "./base.ts";

const kept: unknown[] = [];

/** `open("buffers")` takes memory outside the heap, `open("heap")` inside it, both without end. */
export const plugin: PluginFactory = (host) =>
  wellBehaved(host, {
    open: async (where) => {
      setInterval(() => {
        if (where === "buffers") kept.push(Buffer.alloc(4 * 1024 * 1024, 1));
        else for (let i = 0; i < 40_000; i++) kept.push({ i, text: `${i}` });
      }, 5);
      return new Promise(() => {});
    },
  });
