/** What a bridge plugin implements and what the host offers. No code that runs. */
export type * from "./account.ts";
export type * from "./caps.ts";
export type * from "./commands.ts";
export type * from "./events.ts";
export type * from "./ids.ts";
export type * from "./manifest.ts";
export type * from "./network-commands.ts";
export type * from "./plugin.ts";
