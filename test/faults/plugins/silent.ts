import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { wellBehaved } from "./base.ts";

const never = (): Promise<never> => new Promise(() => {});

/** The process is alive, but no method ever answers, health included; it does not leave when its connection closes, nor at SIGTERM. */
export const plugin: PluginFactory = (host) => {
  process.removeAllListeners("SIGTERM");
  process.on("SIGTERM", () => {});
  process.exit = (() => undefined) as unknown as typeof process.exit;
  setInterval(() => {}, 1_000);
  return wellBehaved(host, { connect: never, disconnect: never, execute: never, open: never, split: never, health: never });
};
