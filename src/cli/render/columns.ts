import { stripVTControlCharacters } from "node:util";

const width = (cell: string): number => stripVTControlCharacters(cell).length;

/** Rows of cells, each column as wide as its widest cell; the last one is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [n, cell] of row.entries()) widths[n] = Math.max(widths[n] ?? 0, width(cell));
  const padded = (cell: string, n: number) => cell + " ".repeat((widths[n] ?? 0) - width(cell));
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
