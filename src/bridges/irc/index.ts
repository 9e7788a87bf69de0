import type { PluginFactory } from "../contract/index.ts";
import { IrcPlugin } from "./irc-plugin.ts";
import { SYSTEM } from "./world.ts";

/** The entry that `manifest.json` names. */
export const plugin: PluginFactory = (host) => new IrcPlugin(host, SYSTEM);
