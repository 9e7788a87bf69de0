import type { UserInfo } from "../contract/index.ts";
import type { Iqs } from "./iqs.ts";
import { bareAddress, plainName } from "./jids.ts";
import { NS } from "./ns.ts";
import { type Element, el } from "./xml.ts";

const MAX_CONTACTS = 10_000;

export interface Contact {
  jid: string;
  name: string;
  subscription: string;
}

/** The account's contacts (RFC 6121, section 2), as the server keeps them. */
export class Roster {
  readonly #contacts = new Map<string, Contact>();

  async load(iqs: Iqs): Promise<void> {
    const answer = await iqs.request("get", el("query", { xmlns: NS.roster }));
    this.#contacts.clear();
    this.#put(answer.getChild("query", NS.roster));
  }

  /** A change that the server tells of. The caller has checked that it is the server. */
  push(query: Element): void {
    this.#put(query);
  }

  get(jid: string): Contact | undefined {
    return this.#contacts.get(jid);
  }

  /** Whether the contact may know that we are there. */
  mayKnow(jid: string): boolean {
    const subscription = this.#contacts.get(jid)?.subscription;
    return subscription === "both" || subscription === "from";
  }

  list(query: string | undefined): UserInfo[] {
    const wanted = query?.toLowerCase() ?? "";
    return [...this.#contacts.values()]
      .filter(({ jid, name }) => jid.includes(wanted) || name.toLowerCase().includes(wanted))
      .map(({ jid, name }) => ({ id: jid, name, handle: jid }));
  }

  #put(query: Element | undefined): void {
    for (const { attrs } of query?.getChildren("item").slice(0, MAX_CONTACTS) ?? []) {
      const jid = bareAddress(attrs["jid"]);
      const subscription = attrs["subscription"] ?? "none";
      if (!jid) continue;
      if (subscription === "remove") this.#contacts.delete(jid);
      else if (this.#contacts.has(jid) || this.#contacts.size < MAX_CONTACTS)
        this.#contacts.set(jid, { jid, name: plainName(attrs["name"] ?? "") || jid, subscription });
    }
  }
}
