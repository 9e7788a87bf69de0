import type { BridgeRow, CommandAnswer, CommandRow, MemberRow, NetworkField, NetworkRow } from "../../api/bridges.ts";
import { type LinkFacts, terminalLabel } from "../../security-labels/index.ts";
import { clean } from "./clean.ts";
import { columns } from "./columns.ts";

export function bridgesText(rows: readonly BridgeRow[], colour: boolean): string {
  return rows.length === 0
    ? "No bridges yet. `homeport bridge networks` shows what can be added."
    : rows.map((row) => bridgeText(row, colour)).join("\n");
}

export function bridgeText(row: BridgeRow, colour: boolean): string {
  const lines = [`${row.account}  ${clean(row.name, "line")}  ${row.network}  ${row.state}`];
  if (row.label !== null) lines.push(`  ${terminalLabel(row.label, { colour })}`);
  if (row.link !== null) lines.push(`  ${linkText(row.link)}`);
  if (row.error !== undefined) lines.push(`  ${row.error.code}: ${clean(row.error.message, "line")}`);
  if (row.isolated === false) lines.push("  not isolated: this plugin runs without a sandbox");
  return lines.join("\n");
}

/** What was measured on the connection. */
function linkText(link: LinkFacts): string {
  if (link.kind === "none") return "the connection is not encrypted";
  const words = [
    link.version ?? link.kind,
    link.server === undefined ? "" : `to ${link.server}`,
    link.verified ? "verified" : "NOT verified",
    link.via === undefined ? "" : `by ${link.via}`,
  ];
  return clean(words.filter((word) => word !== "").join(", "), "line");
}

export const networksText = (rows: readonly NetworkRow[]): string => rows.map(networkText).join("\n\n");

function networkText(row: NetworkRow): string {
  const fields = row.fields.map((field) => [`  ${field.id}`, nature(field), clean(field.help, "line")]);
  return [`${row.network}  ${clean(row.name, "line")}`, `  ${clean(row.delivery.promise, "line")}`, columns(fields)].join("\n");
}

function nature(field: NetworkField): string {
  const words = [
    field.required ? "required" : "optional",
    ...(field.secret ? ["secret"] : []),
    ...(field.default === undefined ? [] : [`default ${clean(field.default, "line")}`]),
  ];
  return words.join(", ");
}

export function membersText(rows: readonly MemberRow[]): string {
  if (rows.length === 0) return "Nobody is known to be there.";
  return columns(rows.map((row) => [clean(row.name, "line"), clean(row.role ?? "", "line")]));
}

export function commandsText(rows: readonly CommandRow[]): string {
  if (rows.length === 0) return "This network has no commands.";
  return columns(rows.map(({ name, usage, help }) => [`/${name} ${clean(usage, "line")}`, clean(help, "line")]));
}

export const answerText = ({ text }: CommandAnswer): string =>
  text
    .split("\n")
    .map((line) => clean(line, "line"))
    .join("\n");
