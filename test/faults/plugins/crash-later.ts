import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { wellBehaved } from "./base.ts";

/** `open(how)` ends the process; `execute` never answers, so that a command is on the way when it does. */
export const plugin: PluginFactory = (host) =>
  wellBehaved(host, {
    execute: () => new Promise(() => {}),
    open: async (how) => {
      if (how === "reject") void Promise.reject(new Error("nobody catches this"));
      if (how === "throw")
        setImmediate(() => {
          throw new Error("nobody catches this");
        });
      if (how === "exit") process.exit(7);
      if (how === "abort") process.abort();
      return new Promise(() => {});
    },
    connect: async ({ config }) => {
      if (config["password"] !== undefined)
        setImmediate(() => {
          throw new Error(`cannot log in with ${config["password"]}`);
        });
    },
  });
