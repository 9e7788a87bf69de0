import { resolve } from "node:path";
import type { Result } from "../../api/methods.ts";
import type { AddressChoice } from "../../api/web.ts";
import { type Command, command, group } from "../command.ts";
import { appAddressText } from "../render/web.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

interface Anyway {
  anyway: boolean;
}
interface AtOrigin extends Anyway {
  origin: string;
}
interface AcmeArgs extends AtOrigin {
  challenge: "tls-alpn-01" | "http-01";
  directory: string | undefined;
  contact: string | undefined;
}
interface FilesArgs extends AtOrigin {
  cert: string;
  key: string;
}

const ANYWAY = { type: "boolean", default: false, describe: "Also where browsers are linked, which then have to be linked again" } as const;
const ORIGIN = { type: "string", demandOption: true } as const;

/** The address under which phones find the app (W3). */
export const webCommands = (shell: Shell): Command[] => [
  group("web", "The address under which phones open Homeport", [
    command(shell, {
      command: "show",
      describe: "Show the address for phones, and whether it works",
      run: async (_, session) => session.answer(await session.call("web.address", {}), appAddressText),
    }),
    command<AtOrigin>(shell, {
      command: "proxy <origin>",
      describe: "A reverse proxy, or `tailscale serve`, in front of this node has the certificate",
      options: (yargs) =>
        yargs.positional("origin", { ...ORIGIN, describe: "As phones see it: https://chat.example.org" }).option("anyway", ANYWAY),
      run: ({ origin, anyway }, session) => choose(session, { way: "proxy", origin }, anyway),
    }),
    command<{ origin: string | undefined } & Anyway>(shell, {
      command: "own-ca [origin]",
      describe: "HTTPS of this node, by a certificate authority of its own that each phone is told to trust",
      options: (yargs) =>
        yargs
          .positional("origin", { type: "string", describe: "As phones see it (default: https://NAME-OF-THIS-MACHINE.local:8443)" })
          .option("anyway", ANYWAY),
      run: async ({ origin, anyway }, session) => {
        const { suggested } = await session.call("web.address", {});
        await choose(session, { way: "own-ca", origin: origin ?? suggested }, anyway);
      },
    }),
    command<AcmeArgs>(shell, {
      command: "acme <origin>",
      describe: "HTTPS of this node, by a certificate for a name of your own; by it you agree to the issuer's terms",
      options: (yargs) =>
        yargs
          .positional("origin", { ...ORIGIN, describe: "As phones see it: https://chat.example.org" })
          .option("challenge", {
            choices: ["tls-alpn-01", "http-01"] as const,
            default: "tls-alpn-01" as const,
            describe: "How the name is proved: port 443, or port 80, of the name has to lead to --https",
          })
          .option("directory", { type: "string", requiresArg: true, describe: "ACME directory of another issuer than Let's Encrypt" })
          .option("contact", { type: "string", requiresArg: true, describe: "Mail address for the issuer's warnings" })
          .option("anyway", ANYWAY),
      run: ({ origin, challenge, directory, contact, anyway }, session) =>
        choose(session, { way: "acme", origin, challenge, ...(directory ? { directory } : {}), ...(contact ? { contact } : {}) }, anyway),
    }),
    command<FilesArgs>(shell, {
      command: "files <origin>",
      describe: "HTTPS of this node, by a certificate in files that something else renews",
      options: (yargs) =>
        yargs
          .positional("origin", { ...ORIGIN, describe: "As phones see it: https://chat.example.org" })
          .option("cert", { type: "string", requiresArg: true, demandOption: true, describe: "PEM, the certificate first" })
          .option("key", { type: "string", requiresArg: true, demandOption: true, describe: "PEM" })
          .option("anyway", ANYWAY),
      run: ({ origin, cert, key, anyway }, session) =>
        choose(session, { way: "files", origin, certificate: resolve(cert), key: resolve(key) }, anyway),
    }),
    command<Anyway>(shell, {
      command: "off",
      describe: "No address for phones: the app is there on this machine alone",
      options: (yargs) => yargs.option("anyway", ANYWAY),
      run: ({ anyway }, session) => choose(session, { way: "none" }, anyway),
    }),
  ]),
];

async function choose(session: Session, choice: AddressChoice, anyway: boolean): Promise<void> {
  const chosen: Result<"web.choose"> = await session.call("web.choose", { choice, anyway });
  await session.answer(chosen, appAddressText);
}
