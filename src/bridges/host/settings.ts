import { HomeportError } from "../../sync/errors.ts";
import type { Field, Manifest } from "../contract/index.ts";

/** Characters of a value; a file (a certificate, say) may be longer. */
const MAX_VALUE = 4_096;
const MAX_FILE = 256 * 1024;
const CONTROLS = /[\u0000-\u001f\u007f]/;

/**
 * The settings as given, if they fit the manifest. Throws `HomeportError`: `unknown-field`, `missing-field`, `bad-field`. The
 * messages name fields, never values.
 */
export function checkSettings(manifest: Manifest, settings: Record<string, string>): Record<string, string> {
  for (const id of Object.keys(settings)) if (!manifest.fields.some((field) => field.id === id)) throw unknownField(manifest, id);
  const checked: Record<string, string> = {};
  for (const field of manifest.fields) {
    const value = Object.hasOwn(settings, field.id) ? settings[field.id] : undefined;
    if (value === undefined || value === "") {
      if (field.required && field.default === undefined) throw missingField(field);
      continue;
    }
    const fault = faultOf(field, value);
    if (fault !== undefined) throw badField(field, fault);
    checked[field.id] = value;
  }
  return checked;
}

/** What the plugin is given: the settings, and the defaults where nothing is set. */
export function withDefaults(manifest: Manifest, settings: Record<string, string>): Record<string, string> {
  const defaults = manifest.fields.flatMap((field) => (field.default === undefined ? [] : [[field.id, field.default] as const]));
  return { ...Object.fromEntries(defaults), ...settings };
}

/** How the account is called towards people, e.g. `IRC alice@irc.example.org`. Never made of a secret. */
export function accountName(manifest: Manifest, settings: Record<string, string>): string {
  const valueOf = (type: Field["type"]) => {
    const field = manifest.fields.find((candidate) => candidate.type === type && !candidate.secret);
    return field && (settings[field.id] ?? field.default);
  };
  const user = valueOf("username");
  const host = valueOf("host");
  const where = user !== undefined && host !== undefined ? `${user}@${host}` : (user ?? host);
  return where === undefined ? manifest.name : `${manifest.name} ${where}`;
}

function faultOf(field: Field, value: string): string | undefined {
  if (value.length > (field.type === "file" ? MAX_FILE : MAX_VALUE)) return "is too long";
  if (field.type !== "file" && CONTROLS.test(value)) return "holds a line break or another control character";
  if (!value.isWellFormed()) return "holds half a character";
  if (field.options && !field.options.includes(value)) return `must be one of: ${field.options.join(", ")}`;
  if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, "u").test(value)) return "does not have the right form";
  return faultOfType(field.type, value);
}

function faultOfType(type: Field["type"], value: string): string | undefined {
  if (type === "port") return /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535 ? undefined : "must be a port number from 1 to 65535";
  if (type === "host") return /^[^\s/@]+$/u.test(value) ? undefined : "must be the name or the address of a host";
  if (type === "url") return URL.canParse(value) ? undefined : "must be a URL";
  return undefined;
}

function unknownField(manifest: Manifest, id: string): HomeportError {
  const known = manifest.fields.map((field) => field.id).join(", ");
  const shown = /^[a-z0-9_-]{1,32}$/i.test(id) ? `"${id}"` : "of that name";
  return new HomeportError("unknown-field", `${manifest.name} has no setting ${shown}. It has: ${known}.`);
}

function missingField({ id, help }: Field): HomeportError {
  return new HomeportError("missing-field", `The setting "${id}" is missing: ${help}`);
}

function badField({ id, help }: Field, fault: string): HomeportError {
  return new HomeportError("bad-field", `The setting "${id}" ${fault}. ${help}`);
}
