import type { Checked, DeviceHandlers, Handlers, MethodName, Result } from "../../api/methods.ts";
import { methods } from "../../api/methods.ts";
import { standingOf } from "../../sync/account/resolve.ts";
import type { Conversation } from "../../sync/core.ts";
import type { Device } from "../../sync/device.ts";
import { sameBytes, utf8 } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import { conversationText, parseId, PREFIX } from "../../sync/log/public-id.ts";
import type { BridgePort } from "../bridge-port.ts";
import type { HandlerContext } from "../context.ts";
import { findConversation, findMessage } from "../lookup.ts";
import { bridgeAccount, conversationInfo } from "../views/newest.ts";

type BridgeMethod = Extract<MethodName, `bridge.${string}`> | "outbox.resend" | "outbox.settle" | "chat.topic" | "message.parts";

/** What another own device may ask of the bridges here: nothing else of the API is answered over a session. */
const FORWARDED: readonly BridgeMethod[] = [
  ...([
    "bridge.networks",
    "bridge.add",
    "bridge.wait",
    "bridge.open",
    "bridge.close",
    "bridge.remove",
    "bridge.start",
    "bridge.members",
    "bridge.commands",
    "bridge.command",
  ] as const),
  ...(["outbox.resend", "outbox.settle", "chat.topic", "message.parts"] as const),
];

export function bridgeHandlers(context: HandlerContext): Pick<Handlers, BridgeMethod> {
  const { device, board } = context;
  const rowOf = (account: string) => {
    const row = board.row(account);
    if (!row) throw unknownAccount();
    return row;
  };
  return {
    "bridge.networks": async (params) =>
      context.bridges ? context.bridges.networks() : ask(context, anyHost(context), "bridge.networks", params),

    async "bridge.add"(params) {
      const host = params.device === undefined ? undefined : parseId(PREFIX.device, params.device);
      if (params.device !== undefined && !host)
        throw new HomeportError("not-found", "There is no such device; `homeport device list` lists them.");
      if (host && !sameBytes(host, device.self)) return ask(context, host, "bridge.add", params);
      if (!context.bridges) return ask(context, anyHost(context), "bridge.add", params);
      return { account: await context.bridges.add(params.network, params.settings) };
    },

    "bridge.wait": (params, { signal }) =>
      hosted(context, params.account, "bridge.wait", params, (bridges) => bridges.wait(params.account, signal)),
    "bridge.list": async () => board.rows(),

    "bridge.open": (params) =>
      hosted(context, params.account, "bridge.open", params, async (bridges) => ({
        conversation: conversationText(await bridges.open(params.account, params.target, params.wait)),
      })),

    "bridge.close": (params) =>
      hosted(context, accountOf(device, params.conversation), "bridge.close", params, async (bridges) => {
        await bridges.close(findConversation(device, params.conversation).row);
        return { conversation: params.conversation, closed: true as const };
      }),

    "bridge.remove": (params) =>
      hosted(context, params.account, "bridge.remove", params, async (bridges) => {
        await bridges.remove(params.account);
        return { account: params.account, removed: true as const };
      }),

    "bridge.start": async (params) =>
      params.here
        ? takeOver(context, params.account)
        : hosted(context, params.account, "bridge.start", params, (bridges) => bridges.start(rowOf(params.account).account)),

    "bridge.members": (params) =>
      hosted(context, accountOf(device, params.conversation), "bridge.members", params, async (bridges) =>
        bridges.members(findConversation(device, params.conversation).row),
      ),

    "chat.topic": (params) =>
      hosted(context, accountOf(device, params.conversation), "chat.topic", params, async (bridges) => {
        await bridges.setTopic(findConversation(device, params.conversation).row, params.topic, params.minLabel ?? "plaintext");
        return { conversation: params.conversation, topic: params.topic };
      }),

    "message.parts": (params) => parts(context, params),

    "bridge.commands": (params) =>
      hosted(context, params.account, "bridge.commands", params, async (bridges) => bridges.commands(params.account)),

    "bridge.command": (params) =>
      hosted(context, params.account, "bridge.command", params, (bridges) => {
        const { account, conversation, name, args } = params;
        const row = conversation === undefined ? undefined : findConversation(device, conversation).row;
        return bridges.command(account, { name, args, conversation: row });
      }),

    "outbox.resend": (params) => decide(context, "outbox.resend", params.id),
    "outbox.settle": (params) => decide(context, "outbox.settle", params.id),
  };
}

/** Only where the login is known: on the device that had it before, or one that its backup was restored into. */
async function takeOver({ bridges }: HandlerContext, account: string): Promise<Result<"bridge.start">> {
  if (!bridges) throw new HomeportError("unsupported", "This device hosts no bridges.");
  return bridges.takeOver(account);
}

/** Answers what another own device asks; throws `HomeportError`. */
export async function answerForwarded(handlers: DeviceHandlers, method: string, text: string): Promise<string> {
  const name = FORWARDED.find((candidate) => candidate === method);
  const params = name && methods[name].params.safeParse(JSON.parse(text));
  if (!name || !params?.success)
    throw new HomeportError("invalid-params", "The other device asked for something that this version does not know.");
  const handler = handlers[name] as (params: unknown, context: unknown) => Promise<unknown>;
  const never = { signal: AbortSignal.timeout(110_000), emit: () => Promise.resolve() };
  return JSON.stringify(await handler(params.data, never));
}

/** As the bridge would cut it; where that cannot be asked now, by the limit that it told. */
async function parts(context: HandlerContext, params: Checked<"message.parts">): Promise<Result<"message.parts">> {
  const { device } = context;
  const conversation = findConversation(device, params.conversation);
  if (conversation.founding.kind !== "bridge") return { parts: params.text === "" ? 0 : 1, exact: true };
  try {
    return await hosted(context, conversation.founding.bridge, "message.parts", params, async (bridges) => ({
      parts: await bridges.parts(conversation.row, params.text, params.style),
      exact: true,
    }));
  } catch (error) {
    if (error instanceof HomeportError && error.code === "too-large") throw error;
    return { parts: estimateParts(params.text, conversationInfo(device, conversation.row)?.maxBytes), exact: false };
  }
}

/** One for each line that is not empty, and for each further `maxBytes` of UTF-8 of it. */
export function estimateParts(text: string, maxBytes: number | undefined): number {
  const lines = text.split(/\r\n|[\r\n]/).filter((line) => line !== "");
  const size = (line: string) => utf8(line).length;
  return lines.reduce((sum, line) => sum + (maxBytes === undefined ? 1 : Math.max(1, Math.ceil(size(line) / maxBytes))), 0);
}

async function decide(context: HandlerContext, method: "outbox.resend" | "outbox.settle", id: string): Promise<Result<"outbox.resend">> {
  const entry = findMessage(context.device, id);
  const conversation = context.device.conversation(entry.conversationRow) as Conversation;
  if (conversation.founding.kind !== "bridge") throw new HomeportError("not-found", "That message is not on its way to another network.");
  return hosted(context, conversation.founding.bridge, method, { id }, async (bridges) => {
    await (method === "outbox.resend" ? bridges.resend(entry.row) : bridges.settle(entry.row));
    return { id, state: method === "outbox.resend" ? "queued" : "sent" };
  });
}

/** Here, where this device hosts the account; else on the device that does. */
async function hosted<M extends BridgeMethod>(
  context: HandlerContext,
  account: string,
  method: M,
  params: Checked<M>,
  here: (bridges: BridgePort) => Promise<Result<M>>,
): Promise<Result<M>> {
  const known = bridgeAccount(context.device, context.device.ownLog, account);
  if (!known) throw unknownAccount();
  if (!sameBytes(known.device, context.device.self)) return ask(context, known.device, method, params);
  if (!context.bridges) throw new HomeportError("unsupported", "This device hosts no bridges.");
  return here(context.bridges);
}

async function ask<M extends BridgeMethod>(context: HandlerContext, host: Uint8Array, method: M, params: Checked<M>): Promise<Result<M>> {
  const text = await context.sessions.call(host, method, JSON.stringify(params));
  return methods[method].result.parse(JSON.parse(text)) as Result<M>;
}

function anyHost(context: HandlerContext): Uint8Array {
  const connected = context.sessions.all().find(({ peer }) => standingOf(context.device.account, peer.device)?.class === "full");
  if (!connected) throw new HomeportError("unreachable", "No device that hosts bridges is connected now.");
  return connected.peer.device;
}

function accountOf(device: Device, conversation: string): string {
  const { founding } = findConversation(device, conversation);
  if (founding.kind !== "bridge") throw new HomeportError("not-found", "That conversation is not one of a bridge.");
  return founding.bridge;
}

function unknownAccount(): HomeportError {
  return new HomeportError("not-found", "There is no such account; `homeport bridge list` lists them.");
}
