import { describe } from "vitest";
import { ircConformance } from "../servers/irc-conformance.ts";
import { ngircd } from "../servers/ngircd.ts";
import { requireServer } from "../servers/require-server.ts";

const irc = await requireServer("irc", "bwrap");

// Minutes long, and like the other in all but labels and echoes: that is why it runs here, and not with every test.
describe.skipIf(!irc.ok)("the IRC plugin in its process", () => {
  ircConformance("IRC of the old kind (ngircd)", ngircd, { serverTime: false });
});
