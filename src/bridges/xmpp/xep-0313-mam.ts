import { randomBytes } from "node:crypto";
import type { Iqs } from "./iqs.ts";
import { bareAddress } from "./jids.ts";
import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";
import { type Forwarded, forwardedIn } from "./xep-0297-forwarding.ts";

/** Results of one page that are kept, whatever was asked for. */
const MAX_PAGE = 250;

export interface Archived extends Forwarded {
  archiveId: string;
}

export interface ArchiveQuery {
  /** Address of a room; undefined: the own archive. */
  archive: string | undefined;
  /** Only messages with this address. */
  with?: string | undefined;
  /** Milliseconds since 1970. */
  start?: number | undefined;
  after?: string | undefined;
  /** Empty: from the newest backwards. */
  before?: string | undefined;
  max: number;
}

export interface ArchivePage {
  /** Oldest first. */
  messages: Archived[];
  /** Nothing follows in the direction of the query. */
  complete: boolean;
  first: string | undefined;
  last: string | undefined;
}

/** Questions to archives (XEP-0313 with XEP-0059). Results come as messages; each is taken from the archive that was asked, and from no other. */
export class Archives {
  readonly #iqs: Iqs;
  readonly #own: string;
  readonly #queries = new Map<string, { archive: string; messages: Archived[] }>();

  constructor(iqs: Iqs, own: string) {
    this.#iqs = iqs;
    this.#own = own;
  }

  /** Rejects with a `BridgeError`; a `StanzaError` `item-not-found` where the archive does not know `after` or `before`. */
  async page(query: ArchiveQuery): Promise<ArchivePage> {
    const id = randomBytes(9).toString("base64url");
    const results = { archive: query.archive ?? this.#own, messages: [] as Archived[] };
    this.#queries.set(id, results);
    try {
      const answer = await this.#iqs.request("set", queryElement(id, query), query.archive);
      const fin = answer.getChild("fin", NS.mam);
      const set = fin?.getChild("set", NS.rsm);
      return {
        messages: results.messages,
        complete: fin?.attrs["complete"] === "true",
        first: set?.getChild("first")?.getText() || undefined,
        last: set?.getChild("last")?.getText() || undefined,
      };
    } finally {
      this.#queries.delete(id);
    }
  }

  /** Whether the message is a result of an archive, ours or not. */
  take(stanza: Element): boolean {
    const result = stanza.getChild("result", NS.mam);
    if (!result) return false;
    const query = this.#queries.get(result.attrs["queryid"] ?? "");
    const from = stanza.attrs["from"];
    const sender = from === undefined ? this.#own : bareAddress(from);
    const archiveId = result.attrs["id"];
    const forwarded = query && sender === query.archive && archiveId ? forwardedIn(result) : undefined;
    if (query && forwarded && archiveId && query.messages.length < MAX_PAGE) query.messages.push({ ...forwarded, archiveId });
    return true;
  }
}

/** Whether the own archive keeps everything: only then what is not in it was not said. */
export async function archivesAll(iqs: Iqs): Promise<boolean> {
  const answer = await iqs.request("get", el("prefs", { xmlns: NS.mam })).catch(() => undefined);
  return answer?.getChild("prefs", NS.mam)?.attrs["default"] === "always";
}

function queryElement(id: string, query: ArchiveQuery): Element {
  const { with: other, start, after, before, max } = query;
  const field = (name: string, value: string | undefined) =>
    value === undefined ? undefined : el("field", { var: name }, el("value", {}, value));
  const form = el(
    "x",
    { xmlns: NS.forms, type: "submit" },
    el("field", { var: "FORM_TYPE", type: "hidden" }, el("value", {}, NS.mam)),
    field("with", other),
    field("start", start === undefined ? undefined : new Date(start).toISOString()),
  );
  const set = el(
    "set",
    { xmlns: NS.rsm },
    el("max", {}, String(max)),
    after === undefined ? undefined : el("after", {}, after),
    before === undefined ? undefined : el("before", {}, before),
  );
  return el("query", { xmlns: NS.mam, queryid: id }, form, set);
}
