import type { Manifest } from "../../contract/index.ts";

/** Shorter values stand in ordinary words: to replace them would tell more than it hides. */
const MIN_SECRET = 4;

/** Replaces the values of an account's secret fields in what is logged or shown. Longest first, as one may hold another. */
export function redactor(manifest: Manifest, config: Record<string, string>): (text: string) => string {
  const secrets = manifest.fields
    .filter((field) => field.secret)
    .map((field) => config[field.id] ?? "")
    .filter((value) => value.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
