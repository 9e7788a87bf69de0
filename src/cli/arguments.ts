import { UsageError } from "./failure.ts";

/** No argument of a process can hold it. */
const MARK = "\0";
/** Options that may be given more than once. */
const LISTS = new Set([
  "_",
  "code",
  "set",
  "secret",
  "listen",
  "peer",
  "relay-at",
  "relayAt",
  "path",
  "words",
  "address",
  "what",
  "also",
  "keep",
]);

/**
 * yargs parses the values of positionals a second time, and loses `-` and what begins with `-` after `--`: they are marked
 * beforehand, and so taken as they are.
 */
export function protect(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const before = end === -1 ? argv : argv.slice(0, end);
  const after = end === -1 ? [] : argv.slice(end + 1);
  return [...before.map((word) => (word === "-" ? MARK + word : word)), ...after.map((word) => MARK + word)];
}

/** The values as they were given. Throws a `UsageError` for an option given twice. */
export function unprotect(args: object): object {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (Array.isArray(value) && !LISTS.has(key)) throw new UsageError(`--${key} was given more than once.`);
      return [key, Array.isArray(value) ? value.map(unmark) : unmark(value)];
    }),
  );
}

export const unmarkText = (text: string): string => text.replaceAll(MARK, "");

const unmark = (value: unknown): unknown => (typeof value === "string" ? unmarkText(value) : value);
