import { HomeportError } from "../../sync/errors.ts";
import type { CommandCall, NetworkCommand } from "../contract/index.ts";
import type { ConvRecord } from "./conversation-table.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const NOT_IN_A_LINE = /[\r\n\0]/;

/** The call for what a person asked for. Throws `unknown-command`, `missing-conversation`, `invalid-params`. */
export function commandCall(
  known: readonly NetworkCommand[],
  { name, args }: { name: string; args: string },
  place: Pick<ConvRecord, "conv" | "caps"> | undefined,
): CommandCall {
  const command = known.find((candidate) => candidate.name === name.toLowerCase().replace(/^\//, ""));
  if (!command)
    throw new HomeportError("unknown-command", "The network has no such command; `homeport bridge commands ACCOUNT` lists them.");
  if (NOT_IN_A_LINE.test(args)) throw new HomeportError("invalid-params", "What follows a command is one line.");
  const wanted = { account: undefined, conversation: "a conversation", channel: "a conversation of many people" }[command.scope];
  if (wanted !== undefined && !place) throw new HomeportError("missing-conversation", `/${command.name} belongs into ${wanted}: name it.`);
  if (command.scope === "channel" && place?.caps?.kind === "direct")
    throw new HomeportError("missing-conversation", `/${command.name} belongs into a conversation of many people.`);
  return { name: command.name, args: args.trim(), ...(place ? { conv: place.conv } : {}) };
}
