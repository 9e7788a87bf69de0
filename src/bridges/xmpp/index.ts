import type { PluginFactory } from "../contract/index.ts";
import { SYSTEM } from "./world.ts";
import { XmppPlugin } from "./xmpp-plugin.ts";

/** The entry that `manifest.json` names. */
export const plugin: PluginFactory = (host) => new XmppPlugin(host, SYSTEM);
