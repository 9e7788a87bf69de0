import { HomeportError } from "../../api/errors.ts";
import { UsageError } from "../failure.ts";
import { clean } from "../render/clean.ts";
import type { Terminal } from "../terminal.ts";

export interface KeepArgs {
  keep: string[] | undefined;
  "keep-all": boolean | undefined;
  "only-this": boolean | undefined;
}

export const keepOptions = {
  keep: { type: "string", array: true, requiresArg: true, describe: "A device that stays beside this one, by id or name; may be repeated" },
  "keep-all": { type: "boolean", describe: "All devices stay that are neither revoked nor frozen", conflicts: ["keep", "only-this"] },
  "only-this": { type: "boolean", describe: "No other device stays", conflicts: ["keep"] },
} as const;

export interface Known {
  device: string;
  name: string;
  state: string;
  self: boolean;
}

/** Ids of the devices that stay, this one included. Throws `UsageError` where nobody can be asked. */
export async function chooseKept(args: KeepArgs, devices: readonly Known[], terminal: Terminal): Promise<string[]> {
  const own = devices.filter(({ self }) => self);
  const others = devices.filter(({ self, state }) => !self && state === "admitted");
  const chosen = args.keep !== undefined ? args.keep.map((given) => find(devices, given)) : await byDefault(args, others, terminal);
  return [...new Set([...own, ...chosen].map(({ device }) => device))];
}

async function byDefault(args: KeepArgs, others: readonly Known[], terminal: Terminal): Promise<readonly Known[]> {
  if (args["only-this"] === true || others.length === 0) return [];
  if (args["keep-all"] === true) return others;
  if (!terminal.interactive) throw new UsageError("Say which devices stay: by --keep DEVICE, --keep-all or --only-this.");
  const kept: Known[] = [];
  for (const other of others) {
    const name = `${clean(other.name, "line")} (${other.device.slice(0, 12)})`;
    if (await terminal.confirm(`Do you still have ${name}, and nobody else? It stays then.`)) kept.push(other);
  }
  return kept;
}

function find(devices: readonly Known[], given: string): Known {
  const found = devices.filter(({ device, name }) => device === given || name === given);
  const [only] = found;
  if (only === undefined)
    throw new HomeportError("not-found", `There is no device ${clean(given, "line")}; \`homeport account show\` lists them.`);
  if (found.length > 1) throw new HomeportError("ambiguous", `More than one device is called ${clean(given, "line")}; give its id.`);
  return only;
}
