import type { Iqs } from "./iqs.ts";
import { address } from "./jids.ts";
import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

/** More is not looked at. */
const MAX_FEATURES = 1_000;
const MAX_ITEMS = 2_000;
const MAX_TEXT = 512;

export interface DiscoInfo {
  identities: { category: string; type: string; name: string }[];
  features: ReadonlySet<string>;
  /** Of the extended information (XEP-0128), by the name of the field. */
  fields: ReadonlyMap<string, string>;
}

export interface DiscoItem {
  jid: string;
  name: string;
}

export async function discoInfo(iqs: Iqs, to: string): Promise<DiscoInfo> {
  const answer = await iqs.request("get", el("query", { xmlns: NS.info }), to);
  const query = answer.getChild("query", NS.info);
  const identities = (query?.getChildren("identity") ?? []).slice(0, 50).map(({ attrs }) => ({
    category: attrs["category"] ?? "",
    type: attrs["type"] ?? "",
    name: (attrs["name"] ?? "").slice(0, MAX_TEXT),
  }));
  const features = new Set((query?.getChildren("feature") ?? []).slice(0, MAX_FEATURES).map(({ attrs }) => attrs["var"] ?? ""));
  return { identities, features, fields: fieldsOf(query?.getChildren("x", NS.forms) ?? []) };
}

export async function discoItems(iqs: Iqs, to: string): Promise<DiscoItem[]> {
  const answer = await iqs.request("get", el("query", { xmlns: NS.items }), to);
  const items = answer.getChild("query", NS.items)?.getChildren("item") ?? [];
  return items.slice(0, MAX_ITEMS).flatMap(({ attrs }) => {
    const jid = address(attrs["jid"]);
    return jid === undefined ? [] : [{ jid, name: (attrs["name"] ?? "").slice(0, MAX_TEXT) }];
  });
}

function fieldsOf(forms: readonly Element[]): Map<string, string> {
  const fields = forms.slice(0, 20).flatMap((form) => form.getChildren("field").slice(0, 100));
  return new Map(fields.map((field) => [field.attrs["var"] ?? "", (field.getChild("value")?.getText() ?? "").slice(0, MAX_TEXT)]));
}

/** Our answer to those who ask what this program can do; `node` is echoed. */
export function ownInfo(node: string | undefined): Element {
  const features = OWN_FEATURES.map((name) => el("feature", { var: name }));
  return el("query", { xmlns: NS.info, node }, el("identity", { category: "client", type: "bot", name: "Homeport" }), ...features);
}

const OWN_FEATURES = [NS.info, NS.ping, NS.receipts, NS.chatStates, NS.replace, NS.markers, NS.reactions, NS.reply, NS.retract];
