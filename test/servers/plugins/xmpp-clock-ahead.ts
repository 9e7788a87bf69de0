import type { PluginFactory } from "../../../src/bridges/contract/index.ts";
import { SYSTEM } from "../../../src/bridges/xmpp/world.ts";
import { XmppPlugin } from "../../../src/bridges/xmpp/xmpp-plugin.ts";

const OFFSET = 10 * 365 * 86_400_000;

/** The XMPP plugin with a clock that is ten years ahead. */
export const plugin: PluginFactory = (host) => new XmppPlugin(host, { ...SYSTEM, now: () => Date.now() + OFFSET });
