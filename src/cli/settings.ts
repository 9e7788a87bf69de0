import type { NetworkField, NetworkRow } from "../api/bridges.ts";
import { UsageError } from "./failure.ts";

/** One `--set` or `--secret`. */
export interface Assignment {
  key: string;
  from: { literal: string } | { file: string } | "terminal";
}

export interface SettingSources {
  /** The text of a file; `-` is stdin. */
  read(file: string): Promise<string>;
  /** Undefined where nobody can be asked. */
  ask: ((field: NetworkField) => Promise<string>) | undefined;
}

/** `K=V`, `K=@FILE` or `K=@-`; a value that begins with `@` is written with two. `--secret K` asks on the terminal. */
export function parseAssignments(set: readonly string[], secret: readonly string[]): Assignment[] {
  const all = [...set.map(parseSet), ...secret.map(parseSecret)];
  const twice = all.find((one, n) => all.findIndex((other) => other.key === one.key) !== n);
  if (twice !== undefined) throw new UsageError(`${twice.key} was given twice.`);
  return all;
}

function parseSet(text: string): Assignment {
  const [key, value] = split(text);
  if (value === undefined) throw new UsageError(`"${text}" is not KEY=VALUE, as in --set host=irc.example.org.`);
  if (value.startsWith("@@")) return { key, from: { literal: value.slice(1) } };
  return { key, from: value.startsWith("@") ? { file: value.slice(1) } : { literal: value } };
}

function parseSecret(text: string): Assignment {
  const [key, value] = split(text);
  if (value === undefined) return { key, from: "terminal" };
  if (!value.startsWith("@")) throw exposed(key);
  return { key, from: { file: value.slice(1) } };
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The settings for `bridge.add`. Asks on the terminal for secrets that are required and missing. */
export async function resolveSettings(
  network: NetworkRow,
  given: readonly Assignment[],
  sources: SettingSources,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const one of given) settings[one.key] = await valueOf(fieldOf(network, one.key), one, sources);
  for (const field of network.fields) {
    if (!field.required || field.default !== undefined || Object.hasOwn(settings, field.id)) continue;
    if (!field.secret || sources.ask === undefined) throw missing(network, field);
    settings[field.id] = await sources.ask(field);
  }
  return settings;
}

async function valueOf(field: NetworkField, { from }: Assignment, sources: SettingSources): Promise<string> {
  if (from === "terminal") {
    if (sources.ask === undefined)
      throw new UsageError(`${field.id} cannot be asked for without a terminal: give it by --secret ${field.id}=@FILE.`);
    return sources.ask(field);
  }
  if ("literal" in from) {
    if (isExposed(field, from.literal)) throw exposed(field.id);
    return from.literal;
  }
  const text = await sources.read(from.file);
  return field.type === "file" ? text : text.replace(/\r?\n$/, "");
}

/** A secret that is no password by itself, such as the address of a proxy, is one only where it carries a password. */
const isExposed = ({ secret, type }: NetworkField, value: string): boolean => secret && (type === "password" || value.includes("@"));

function fieldOf(network: NetworkRow, key: string): NetworkField {
  const field = network.fields.find(({ id }) => id === key);
  if (field !== undefined) return field;
  throw new UsageError(`${network.network} has no field ${key}; its fields are ${network.fields.map(({ id }) => id).join(", ")}.`);
}

const exposed = (key: string): UsageError =>
  new UsageError(
    `${key} is secret, and what stands on the command line can be seen by every program on this machine and is kept in the shell's history: ` +
      `give it by --secret ${key}=@FILE, or by --secret ${key} to be asked for it.`,
  );

const missing = (network: NetworkRow, field: NetworkField): UsageError =>
  new UsageError(
    `${network.network} needs ${field.id} (${field.help}): give it by ${field.secret ? `--secret ${field.id}=@FILE` : `--set ${field.id}=…`}.`,
  );
