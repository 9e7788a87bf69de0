/** Where the core tells what happened; never a secret, never a text of a person. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: Record<string, string | number | boolean>) => void;
