import { HomeportError } from "../../api/errors.ts";
import { type Command, command } from "../command.ts";
import { firstProfile, showFirstSteps } from "../first-run.ts";
import type { Daemon } from "../node-entry.ts";
import { askPassphrase } from "../passphrase.ts";
import { clean } from "../render/clean.ts";
import type { Session } from "../session.ts";
import type { Shell } from "../shell.ts";

/** Milliseconds to end in order; with what is left of the 5 seconds the process ends all the same. */
const STOP_LIMIT = 4500;

interface StartArgs {
  config: string | undefined;
  listen: string[] | undefined;
  http: string | undefined;
  https: string | undefined;
  webrtc: string | undefined;
  relay: boolean | undefined;
  "relay-at": string[] | undefined;
  mdns: boolean | undefined;
  peer: string[] | undefined;
  "passphrase-file": string | undefined;
  name: string | undefined;
  "log-level": string | undefined;
  "log-file": string | undefined;
  metrics: string | undefined;
  locked: boolean;
  "first-run": boolean;
}

export const startCommands = (shell: Shell): Command[] => [
  command<StartArgs>(shell, {
    command: "start",
    describe: "Run the daemon until it is interrupted",
    options: (yargs) =>
      yargs
        .option("config", { type: "string", requiresArg: true, describe: "Configuration file (default: config.toml of the data folder)" })
        .option("listen", {
          type: "string",
          array: true,
          requiresArg: true,
          describe: "Multiaddrs where your devices reach this one (default: a free port, chosen once)",
        })
        .option("http", { type: "string", requiresArg: true, describe: "HOST:PORT, :0 or off: where the web interface listens" })
        .option("https", {
          type: "string",
          requiresArg: true,
          describe: "HOST:PORT where the node's own HTTPS listens, see `homeport web`",
        })
        .option("webrtc", { type: "string", requiresArg: true, describe: "UDP port for browsers that come from afar, or off (default)" })
        .option("relay", { type: "boolean", describe: "Carry connections between your devices that do not reach each other" })
        .option("relay-at", {
          type: "string",
          array: true,
          requiresArg: true,
          describe: "Multiaddrs of your devices with --relay, through which others reach this one",
        })
        .option("mdns", { type: "boolean", describe: "Find your devices on the local network; --no-mdns does not" })
        .option("peer", { type: "string", array: true, requiresArg: true, describe: "Multiaddrs of your own other devices" })
        .option("passphrase-file", { type: "string", requiresArg: true, describe: "File with the passphrase of the vault" })
        .option("name", { type: "string", requiresArg: true, describe: "Name of this device" })
        .option("log-level", { type: "string", requiresArg: true, describe: "error, warn, info or debug" })
        .option("log-file", { type: "string", requiresArg: true, describe: "Append the log to this file instead of standard error" })
        .option("metrics", {
          type: "string",
          requiresArg: true,
          describe: "HOST:PORT, :PORT for this machine only, or off (default): /metrics for Prometheus, and /health",
        })
        .option("locked", {
          type: "boolean",
          default: false,
          describe: "Where the vault does not open by itself, start locked and wait for `unlock`, here or from another of your devices",
        })
        .option("first-run", {
          type: "boolean",
          default: false,
          describe:
            "What `npm start` does: makes a profile with the file vault if there is none (its recovery words go to the terminal, or without one to recovery-words.txt in the data folder), then shows how to link a second device and add a network",
        }),
    run: start,
  }),
];

async function start(args: StartArgs, session: Session): Promise<void> {
  if (args["first-run"]) await firstProfile(session, args.name);
  const daemon = await session.shell.node.runDaemon({
    data: session.dataOption,
    configFile: args.config,
    env: session.shell.env,
    flags: {
      name: args.name,
      listen: args.listen,
      http: args.http,
      https: args.https,
      webrtc: args.webrtc,
      relay: args.relay,
      relayAt: args["relay-at"],
      mdns: args.mdns,
      peer: args.peer,
      passphraseFile: args["passphrase-file"],
      logLevel: args["log-level"],
      logFile: args["log-file"],
      metrics: args.metrics,
    },
    passphrase: askPassphrase(session.shell.terminal, undefined, false),
    locked: args.locked,
  });
  await Promise.all([run(daemon, session.shell.interrupt), greet(daemon, session, args["first-run"])]);
}

async function greet({ account, device, addresses, locked, url }: Daemon, session: Session, firstRun: boolean): Promise<void> {
  await session.line({ event: "ready", account, device, addresses, url, locked }, readyText);
  if (firstRun) await showFirstSteps(session);
}

/** Until the daemon ends by itself, or is told to. */
async function run(daemon: Daemon, signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([daemon.stopped, interrupted]);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new HomeportError("slow-stop", "The daemon did not end in time and was cut off; nothing stored is lost.")),
    STOP_LIMIT,
  );
  await Promise.race([daemon.stop(), late.promise]);
  clearTimeout(timer);
}

interface Ready {
  account: string;
  device: string;
  addresses: string[];
  url: string | null;
  locked: boolean;
}

function readyText({ device, addresses, url, locked }: Ready): string {
  if (locked) return "Homeport is locked. Open it by `homeport unlock`, or by `homeport device unlock` on another of your devices.";
  const where = addresses.map((address) => `  ${clean(address, "line")}`);
  const web = url === null ? [] : [`Open ${clean(url, "line")}`];
  return [`Homeport runs as ${device}. Your devices reach it at:`, ...where, ...web, "End it with Ctrl-C."].join("\n");
}
