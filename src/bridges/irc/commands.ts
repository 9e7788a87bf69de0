import type { CommandAnswer, CommandCall } from "../contract/index.ts";
import {
  accountAdd,
  accountDelete,
  accountOff,
  accountOn,
  accounts,
  accountSet,
  contactAdd,
  contacts,
  control,
  roomAdd,
} from "./command-bitlbee.ts";
import { type CommandContext, type Run, usage } from "./command-kit.ts";
import { listChannels } from "./command-list.ts";
import { ban, bans, invite, kick, rank, unban } from "./command-moderation.ts";
import { away, ghost, mode, nick, raw, topic } from "./command-self.ts";
import { whois } from "./command-whois.ts";

const COMMANDS: Record<string, Run> = {
  whois,
  list: listChannels,
  invite,
  kick,
  ban,
  unban,
  bans,
  op: rank("+o", "operator"),
  deop: rank("-o", "operator"),
  voice: rank("+v", "voice"),
  devoice: rank("-v", "voice"),
  mode,
  topic,
  away,
  nick,
  ghost,
  raw,
  accounts,
  "account-add": accountAdd,
  "account-delete": accountDelete,
  "account-on": accountOn,
  "account-off": accountOff,
  "account-set": accountSet,
  contacts,
  "contact-add": contactAdd,
  "room-add": roomAdd,
  control,
};

/** Carries out one of the manifest's commands. Rejects with a `BridgeError`. */
export async function runCommand(call: CommandCall, context: CommandContext): Promise<CommandAnswer> {
  const run = Object.hasOwn(COMMANDS, call.name) ? COMMANDS[call.name] : undefined;
  if (!run) throw usage("IRC has no such command.");
  const words = call.args.split(/ +/).filter((word) => word !== "");
  const place = call.conv === undefined ? "" : context.scene.conversations.nameOf(call.conv);
  return run({ words, text: call.args, conv: call.conv, place }, context);
}
