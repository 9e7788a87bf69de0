import { Buffer } from "node:buffer";

/** JSON with bytes in it, for what the processes of a benchmark tell each other. */
export const toText = (value: unknown): string => JSON.stringify(plain(value));

export const fromText = <T>(text: string): T =>
  JSON.parse(text, (_, item: unknown) => {
    const bytes = (item as { bytes?: unknown } | null)?.bytes;
    return typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "base64")) : item;
  }) as T;

/** Before JSON looks: a Buffer, which libraries hand out, writes itself in another way. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
