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

/** Under which origins it answers what. */
export interface Doors {
  /** The app, and the device API for browsers that were let in: this machine's own names. */
  control: Origins;
  /** The app alone, and connections of own devices. */
  phones: Origins;
}

/** A file, the device API, or a connection of another device, which proves itself by keys. */
export type Purpose = "page" | "control" | "peer";

const READING = new Set(["GET", "HEAD"]);

export function refusalAt({ control, phones }: Doors, purpose: Purpose, facts: RequestFacts): Refusal | undefined {
  const origins = [...control, ...phones];
  const refusal = purpose === "peer" ? refusalOfPeer(facts, origins) : refusalOf(facts, origins);
  if (refusal) return refusal;
  return purpose === "control" && served(control, facts.host).length === 0 ? ELSEWHERE : undefined;
}

/**
 * Own devices also come with the app of another node, so that Origin may be any: there is nothing that a browser sends along by
 * itself, and Noise lets nobody in but own devices. Names of somebody else's DNS are refused here as well.
 */
function refusalOfPeer({ method, host, websocket }: RequestFacts, origins: Origins): Refusal | undefined {
  if (served(origins, host).length === 0) return MISDIRECTED;
  return websocket && method === "GET" ? undefined : { status: 400, message: "A WebSocket is opened by GET." };
}

function served(origins: Origins, host: string | undefined): string[] {
  return origins.filter((candidate) => new URL(candidate).host === host?.toLowerCase());
}

/**
 * May this request be answered at all? Names that point at this machine by somebody else's DNS (rebinding) fail by Host, pages
 * of other origins by Sec-Fetch-Site or Origin, forms of other pages by the content type.
 */
export function refusalOf(facts: RequestFacts, origins: Origins): Refusal | undefined {
  const { method, host, origin, fetchSite, contentType, websocket } = facts;
  const named = served(origins, host);
  if (named.length === 0) return MISDIRECTED;
  if (!READING.has(method) && method !== "POST") return { status: 405, message: "This method is not used here." };
  if (websocket && method !== "GET") return { status: 400, message: "A WebSocket is opened by GET." };
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return FOREIGN;
  if (origin !== undefined && !named.includes(origin)) return FOREIGN;
  // Browsers that send no Sec-Fetch-Site send Origin with what could do harm; who sends neither is no browser, or only reads.
  const mayAct = fetchSite === "same-origin" || origin !== undefined;
  if ((websocket || method === "POST") && !mayAct) return FOREIGN;
  if (method === "POST" && !isJson(contentType)) return { status: 415, message: "Only application/json is taken." };
  return undefined;
}

const MISDIRECTED: Refusal = { status: 421, message: "This server does not answer to that name." };
const ELSEWHERE: Refusal = { status: 403, message: "The node is controlled from its own machine only, at its localhost address." };
const FOREIGN: Refusal = { status: 403, message: "Requests from other sites are not answered." };

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** The origins of an address that is listened on: all names of this machine for loopback. */
export function originsOf(host: string, port: number): string[] {
  const loopback = host === "127.0.0.1" || host === "::1" || host === "localhost";
  const names = loopback ? ["localhost", "127.0.0.1", "[::1]"] : [host.includes(":") ? `[${host}]` : host];
  return names.map((name) => new URL(`http://${name}:${port}`).origin);
}

/**
 * The origin that the person named for phones, in its normal form. Throws `HomeportError` `bad-address`: it has to be HTTPS, without
 * a path, under a name or an IP address that is not this machine's own loopback.
 */
export function phoneOrigin(text: string): string {
  const url = URL.parse(text);
  const isBare = url && url.username === "" && url.password === "" && url.pathname === "/" && url.search === "" && url.hash === "";
  if (url?.protocol !== "https:" || !isBare || url.hostname.length > 253)
    throw new HomeportError("bad-address", "The address for phones looks like https://chat.example.org or https://home.local:8443.");
  if (/^(localhost|.*\.localhost|127\..*|\[::1\]|0\.0\.0\.0|\[::\])$/.test(url.hostname))
    throw new HomeportError(
      "bad-address",
      "Under this name a phone would look for the app on itself. Give a name or address that it reaches.",
    );
  return url.origin;
}
