import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { HomeportError } from "../sync/errors.ts";
import { type ConfigFile, configFileSchema } from "./config-schema.ts";

const MAX_BYTES = 64 * 1024;
const SECRET = /pass(phrase|word)|secret|token|recovery|words/i;
const SETTINGS = Object.keys(configFileSchema.shape).join(", ");

/**
 * The settings of a file; undefined where there is none and `optional` is set. Throws a `HomeportError` of code `bad-config`
 * that names the file, the line and what to do, and never quotes a value, which might be a secret.
 */
export function readConfigFile(file: string, { optional }: { optional: boolean }): ConfigFile | undefined {
  const text = readText(file, optional);
  if (text === undefined) return undefined;
  const result = configFileSchema.safeParse(parseToml(file, text));
  if (result.success) return result.data;
  const [first] = result.error.issues.map((issue) => explain(issue, text)).toSorted((a, b) => a.line - b.line);
  throw badConfig(file, first?.line ?? 1, first?.message ?? "does not fit the schema");
}

function readText(file: string, optional: boolean): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (optional && code === "ENOENT") return undefined;
    throw new HomeportError("bad-config", `${file}: cannot be read (${code ?? "unknown error"}); check the path and its permissions.`, {
      cause,
    });
  }
  if (bytes.length > MAX_BYTES) throw badConfig(file, 1, "is larger than 64 KiB; name the configuration file itself");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badConfig(file, 1, "is not UTF-8 text; save it as UTF-8", cause);
  }
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The rest of its message quotes the line.
    const [what = ""] = cause.message.replace("Invalid TOML document: ", "").split("\n");
    throw badConfig(file, cause.line, `is not TOML: ${what}`);
  }
}

/** `message` says what to do. */
function explain(issue: z.core.$ZodIssue, text: string): { line: number; message: string } {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const advice = SECRET.test(key)
      ? "no secret belongs here: put it into a file that only you can read, see passphrase-file"
      : `the settings are ${SETTINGS}`;
    return { line: lineOf(key, text), message: `${JSON.stringify(key.slice(0, 64))} is no setting; ${advice}` };
  }
  const key = String(issue.path[0] ?? "");
  return { line: lineOf(key, text), message: `${key}: ${wordsOf(issue)}` };
}

const TYPES: Readonly<Record<string, string>> = { array: "a list", boolean: "true or false", string: "text in quotes" };

/** What to do about a value. */
export const wordsOf = (issue: z.core.$ZodIssue): string =>
  issue.code === "invalid_type" ? `give ${TYPES[issue.expected] ?? issue.expected}` : issue.message;

/** From 1; the schema has no nested settings, so the first line that begins with the key is it. */
function lineOf(key: string, text: string): number {
  const literally = key.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const at = text.search(new RegExp(`^[ \\t]*(\\[+[ \\t]*)?["']?${literally}["']?[ \\t]*[=.\\]]`, "m"));
  return at < 0 ? 1 : text.slice(0, at).split("\n").length;
}

const badConfig = (file: string, line: number, what: string, cause?: unknown): HomeportError =>
  new HomeportError("bad-config", `${file}, line ${line}: ${what}.`, { cause });
