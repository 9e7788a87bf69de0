import type { FileRow } from "../../api/file-row.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";
import { sizeText } from "./time.ts";

const STATES: Record<FileRow["state"], string> = { away: "not here", fetching: "is coming", here: "here" };

export function filesText(rows: readonly FileRow[]): string {
  if (rows.length === 0) return "There are no files.";
  return columns(rows.map((row) => [row.file, stateText(row), sizeText(row.size), clean(row.name, "line")]));
}

/** Behind a message's text. */
export const attachmentText = (row: FileRow): string => `[${clean(row.name, "line")}, ${sizeText(row.size)}, ${stateText(row)}]`;

function stateText({ state, received, size, problem }: FileRow): string {
  if (state !== "fetching") return STATES[state];
  if (problem !== undefined) return `waits: ${clean(problem.message, "line")}`;
  return `${STATES.fetching}, ${size === 0 ? 100 : Math.floor((received / size) * 100)} %`;
}
