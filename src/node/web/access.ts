import { HomeportError } from "../../sync/errors.ts";

/** What a request says of where it comes from; header values as received, `undefined` where absent. */
export interface RequestFacts {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  contentType: string | undefined;
  /** An upgrade to WebSocket. */
  websocket: boolean;
}

export interface Refusal {
  status: 400 | 403 | 405 | 415 | 421;
  /** One sentence for people; tells nothing that the caller did not say. */
  message: string;
}

/** Origins that this server answers to, e.g. `http://localhost:4580`; compared exactly. */
export type Origins = readonly string[];

const READING = new Set(["GET", "HEAD"]);

/**
 * May this request be answered at all? Names that point at this machine by somebody else's DNS (rebinding) fail by Host, pages
 * of other origins by Sec-Fetch-Site or Origin, forms of other pages by the content type.
 */
export function refusalOf(facts: RequestFacts, origins: Origins): Refusal | undefined {
  const { method, host, origin, fetchSite, contentType, websocket } = facts;
  const served = origins.filter((candidate) => new URL(candidate).host === host?.toLowerCase());
  if (served.length === 0) return { status: 421, message: "This server does not answer to that name." };
  if (!READING.has(method) && method !== "POST") return { status: 405, message: "This method is not used here." };
  if (websocket && method !== "GET") return { status: 400, message: "A WebSocket is opened by GET." };
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return FOREIGN;
  if (origin !== undefined && !served.includes(origin)) return FOREIGN;
  // Browsers that send no Sec-Fetch-Site send Origin with what could do harm; who sends neither is no browser, or only reads.
  const mayAct = fetchSite === "same-origin" || origin !== undefined;
  if ((websocket || method === "POST") && !mayAct) return FOREIGN;
  if (method === "POST" && !isJson(contentType)) return { status: 415, message: "Only application/json is taken." };
  return undefined;
}

const FOREIGN: Refusal = { status: 403, message: "Requests from other sites are not answered." };

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** The origins of an address that is listened on: all names of this machine for loopback, and those that the person named. */
export function originsOf(host: string, port: number, named: readonly string[]): string[] {
  const loopback = host === "127.0.0.1" || host === "::1" || host === "localhost";
  const names = loopback ? ["localhost", "127.0.0.1", "[::1]"] : [host.includes(":") ? `[${host}]` : host];
  return [...names.map((name) => originOf(`http://${name}:${port}`)), ...named.map(originOf)];
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new HomeportError("bad-config", "An origin looks like https://chat.example.org or http://localhost:4580.");
  return url.origin;
}
