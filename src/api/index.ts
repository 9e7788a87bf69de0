/** The device API. JSON-RPC 2.0 over any channel of texts, zod-checked on both sides; `docs/openrpc.json` describes it. */
export * from "./bridges.ts";
export * from "./channel.ts";
export * from "./chats.ts";
export * from "./client.ts";
export * from "./device.ts";
export * from "./errors.ts";
export * from "./messages.ts";
export * from "./methods.ts";
export * from "./outbox.ts";
export * from "./page.ts";
export * from "./server.ts";
export * from "./status.ts";
