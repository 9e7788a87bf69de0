import type { PluginFactory } from "../../../src/bridges/contract/index.ts";

export const plugin: PluginFactory = () => {
  throw new Error("no luck today");
};
