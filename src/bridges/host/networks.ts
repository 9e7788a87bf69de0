import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { HomeportError } from "../../sync/errors.ts";
import type { PluginOrigin } from "../../security-labels/index.ts";
import type { Manifest } from "../contract/index.ts";

/** A network that this node can bridge to. */
export interface Network {
  manifest: Manifest;
  /** Absolute. */
  folder: string;
  /** Absolute path of the plugin's module. */
  module: string;
  origin: PluginOrigin;
}

export interface Networks {
  list(): Network[];
  /** Throws `HomeportError` of code `unknown-network`. */
  get(id: string): Network;
}

const MANIFEST = "manifest.json";
const text = z.string().min(1).max(500);
const fieldId = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/);

const field = z.object({
  id: fieldId,
  type: z.enum(["text", "username", "password", "host", "port", "select", "url", "file"]),
  help: text,
  required: z.boolean(),
  secret: z.boolean(),
  pattern: z.string().max(500).refine(isPattern, "not a regular expression").optional(),
  options: z.array(z.string().max(100)).min(1).max(50).optional(),
  default: z.string().max(500).optional(),
});

const command = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  usage: z.string().max(200),
  help: text,
  scope: z.enum(["account", "conversation", "channel"]),
  when: z.record(fieldId, z.string().max(100)).optional(),
});

const manifestSchema: z.ZodType<Manifest> = z.object({
  contract: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  name: text,
  version: text,
  // Inside its folder: what lies elsewhere is not part of the plugin.
  entry: z.string().regex(/^(\.\/)?[a-z0-9-]+(\/[a-z0-9-]+)*\.(ts|js)$/),
  fields: z
    .array(field)
    .max(50)
    .refine((fields) => new Set(fields.map(({ id }) => id)).size === fields.length, "a field is there twice"),
  delivery: z.object({
    send: z.enum(["native", "echo", "history", "none"]),
    echoScope: z.enum(["connection", "durable"]).optional(),
    inbound: z.enum(["cursor", "archive", "live-only"]),
    promise: text,
  }),
  commands: z.array(command).max(100).optional(),
  ceiling: z.enum(["plaintext", "server-reads", "e2ee-at-bridge"]),
  needs: z.object({ net: z.array(text).max(50), maxRssMb: z.int().min(16).max(4096) }),
});

/** Throws `HomeportError` of code `bad-manifest` with the place that is wrong. */
export function parseManifest(json: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new HomeportError("bad-manifest", "The manifest of a bridge is not JSON. Install Homeport again.", { cause });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HomeportError(
    "bad-manifest",
    `The manifest of a bridge is wrong at "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "not as expected"}`,
  );
}

/**
 * The networks whose plugins lie in `folder`, one folder each, by their `manifest.json`; no code of theirs runs. One that is
 * wrong is told to `problem` and left out.
 */
export function readNetworks(
  folder: string,
  problem: (network: string, error: unknown) => void,
  origin: PluginOrigin = "homeport",
): Networks {
  const networks = new Map<string, Network>();
  for (const name of namesIn(folder)) {
    try {
      const network = readNetwork(join(folder, name), origin);
      if (network.manifest.id !== name) throw new HomeportError("bad-manifest", "The manifest of a bridge has another id than its folder.");
      networks.set(name, network);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") problem(name, error);
    }
  }
  return networksOf([...networks.values()]);
}

export function networksOf(networks: readonly Network[]): Networks {
  return {
    list: () => [...networks],
    get(id) {
      const network = networks.find(({ manifest }) => manifest.id === id);
      if (network) return network;
      const known = networks.map(({ manifest }) => manifest.id).join(", ");
      throw new HomeportError("unknown-network", `There is no such network. Known ones: ${known || "none"}.`);
    },
  };
}

function readNetwork(folder: string, origin: PluginOrigin): Network {
  const manifest = parseManifest(readFileSync(join(folder, MANIFEST), "utf8"));
  return { manifest, folder, module: join(folder, manifest.entry), origin };
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}
