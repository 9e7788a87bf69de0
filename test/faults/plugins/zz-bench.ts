import { once } from "node:events";
import { wellBehaved } from "./base.ts";
import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
export const plugin: PluginFactory = (host) => wellBehaved(host, { split: async (_c, t) => { const { stream } = await host.dial(JSON.parse(t)); stream.write("x"); const s = performance.now(); let got = 0; stream.on("data", (c: Buffer) => (got += c.length)); await once(stream, "end"); stream.destroy(); return [String(got / 1048576 / ((performance.now() - s) / 1000))]; } });
