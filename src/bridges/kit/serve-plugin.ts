import type { Plugin } from "../contract/index.ts";
import { BridgeError } from "./bridge-error.ts";
import type { PluginCalls } from "./wire/methods.ts";

type Handlers = { [M in keyof PluginCalls]: (plugin: Plugin, params: PluginCalls[M], signal: AbortSignal) => Promise<unknown> };

const HANDLERS: Handlers = {
  connect: (plugin, resume) => plugin.connect(resume),
  disconnect: (plugin, { why }) => plugin.disconnect(why),
  execute: (plugin, command, signal) => plugin.execute(command, signal),
  reconcile: (plugin, commands) => plugin.reconcile(commands),
  open: (plugin, { target }) => plugin.open(target),
  close: (plugin, { conv }) => plugin.close(conv),
  split: (plugin, { conv, text, style }) => plugin.split(conv, text, style),
  list: (plugin, { what, query }) => plugin.list?.(what, query) ?? unsupported("lists"),
  history: (plugin, query) => plugin.history?.(query) ?? unsupported("history"),
  command: (plugin, call) => plugin.command?.(call) ?? unsupported("commands"),
  health: (plugin) => plugin.health(),
};

/** Runs a call of the host on the plugin. The host is trusted: its params are of the contract's shape. */
export async function callPlugin(plugin: Plugin, method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
  if (!Object.hasOwn(HANDLERS, method)) return unsupported(`the call ${method}`);
  const handler = HANDLERS[method as keyof PluginCalls] as (plugin: Plugin, params: unknown, signal: AbortSignal) => Promise<unknown>;
  // Nothing for `undefined`: a method without a result answers with null.
  return (await handler(plugin, params, signal)) ?? null;
}

function unsupported(what: string): Promise<never> {
  return Promise.reject(new BridgeError({ code: "unsupported", sent: "no", message: `This network has no ${what} here.` }));
}
