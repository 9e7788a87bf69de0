import { describe } from "vitest";
import { probeIsolation } from "../../src/bridges/host/process/index.ts";
import { conformance } from "./conformance.ts";
import { inspircd } from "./inspircd.ts";
import { ircNetwork } from "./irc-network.ts";
import { ngircd } from "./ngircd.ts";
import { bwrapPath } from "./provision.ts";
import { requireServer } from "./require-server.ts";

const irc = await requireServer("irc");
const bwrap = await requireServer("bwrap");

const PASSWORD = "server-password-of-the-test";
const injections = [
  "x\r\nPRIVMSG #elsewhere :injected",
  "x\nQUIT :injected",
  "x\rNICK injected",
  "x\0NICK injected",
  "\u0001VERSION\u0001",
];
const common = { label: "server-reads", history: false, singleLine: true, injections } as const;

describe.skipIf(!irc.ok || !bwrap.ok)("the IRC plugin in its process", () => {
  conformance("IRC with labels and echoes (InspIRCd)", async () =>
    ircNetwork({
      server: await inspircd({ password: PASSWORD }),
      password: PASSWORD,
      isolation: await probeIsolation(await bwrapPath()),
      traits: { ...common, serverTime: true },
    }),
  );

  conformance("IRC of the old kind (ngircd)", async () =>
    ircNetwork({
      server: await ngircd({ password: PASSWORD }),
      password: PASSWORD,
      isolation: await probeIsolation(await bwrapPath()),
      traits: { ...common, serverTime: false },
    }),
  );
});
