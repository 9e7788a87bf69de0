/** The IRC plugin with a clock that is ten years ahead. */
import { plugin as rightly } from "../../../src/bridges/irc/index.ts";
import type { PluginFactory } from "../../../src/bridges/contract/index.ts";

const OFFSET = 10 * 365 * 86_400_000;
const now = Date.now.bind(Date);
Date.now = () => now() + OFFSET;

export const plugin: PluginFactory = rightly;
