import { describe } from "vitest";
import { inspircd } from "./inspircd.ts";
import { ircConformance } from "./irc-conformance.ts";
import { requireServer } from "./require-server.ts";

const irc = await requireServer("irc", "bwrap");

describe.skipIf(!irc.ok)("the IRC plugin in its process", () => {
  ircConformance("IRC with labels and echoes (InspIRCd)", inspircd, { serverTime: true });
});
