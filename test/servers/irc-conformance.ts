import { probeIsolation } from "../../src/bridges/host/process/index.ts";
import { conformance } from "./conformance.ts";
import { ircNetwork } from "./irc-network.ts";
import { bwrapPath } from "./provision.ts";

const PASSWORD = "server-password-of-the-test";
const injections = [
  "x\r\nPRIVMSG #elsewhere :injected",
  "x\nQUIT :injected",
  "x\rNICK injected",
  "x\0NICK injected",
  "\u0001VERSION\u0001",
];
const common = { label: "server-reads", history: false, singleLine: true, injections } as const;

type Server = Parameters<typeof ircNetwork>[0]["server"];

/** The conformance suite over the real IRC plugin, in its process, against one kind of server. */
export function ircConformance(
  what: string,
  start: (options: { password: string }) => Promise<Server>,
  traits: { serverTime: boolean },
): void {
  conformance(what, async () =>
    ircNetwork({
      server: await start({ password: PASSWORD }),
      password: PASSWORD,
      isolation: await probeIsolation(await bwrapPath()),
      traits: { ...common, ...traits },
    }),
  );
}
