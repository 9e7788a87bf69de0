import { describe, expect, test } from "vitest";
import { type Doors, originsOf, phoneOrigin, type Purpose, refusalAt, type RequestFacts, refusalOf } from "../../../src/node/web/access.ts";

const ORIGINS = [...originsOf("127.0.0.1", 4580), "https://chat.example.org"];

const facts = (given: Partial<RequestFacts>): RequestFacts => ({
  ...{ method: "GET", host: "localhost:4580", origin: undefined, fetchSite: undefined, contentType: undefined, websocket: false },
  ...given,
});

const HOSTS: [string | undefined, boolean][] = [
  ["localhost:4580", true],
  ["LOCALHOST:4580", true],
  ["127.0.0.1:4580", true],
  ["[::1]:4580", true],
  ["chat.example.org", true],
  ["localhost", false],
  ["localhost:4581", false],
  ["localhost.:4580", false],
  ["localhost:4580.evil.example", false],
  ["evil.example:4580", false],
  ["192.168.1.2:4580", false],
  ["", false],
  [undefined, false],
];
const SITES: [string | undefined, boolean][] = [
  [undefined, true],
  ["same-origin", true],
  ["none", true],
  ["same-site", false],
  ["cross-site", false],
  ["anything", false],
];

describe("who is answered", () => {
  test.each(HOSTS.flatMap(([host, hostFits]) => SITES.map(([fetchSite, siteFits]) => ({ host, hostFits, fetchSite, siteFits }))))(
    "a page from $host with Sec-Fetch-Site $fetchSite",
    ({ host, hostFits, fetchSite, siteFits }) => {
      const expected = hostFits ? (siteFits ? undefined : 403) : 421;
      expect(refusalOf(facts({ host, fetchSite }), ORIGINS)?.status).toBe(expected);
    },
  );

  test.each([
    ["POST", undefined],
    ["GET", undefined],
    ["HEAD", undefined],
    ["PUT", 405],
    ["DELETE", 405],
    ["OPTIONS", 405],
    ["PATCH", 405],
    ["CONNECT", 405],
    ["TRACE", 405],
  ] as const)("the method %s", (method, status) => {
    const given = facts({ method, fetchSite: "same-origin", contentType: "application/json" });
    expect(refusalOf(given, ORIGINS)?.status).toBe(status);
  });

  test.each([
    ["http://localhost:4580", undefined],
    ["http://127.0.0.1:4580", 403],
    ["https://localhost:4580", 403],
    ["http://evil.example", 403],
    ["null", 403],
    ["", 403],
  ] as const)("an Origin of %s at localhost, for reading, acting and a WebSocket", (origin, status) => {
    for (const more of [{}, { method: "POST", contentType: "application/json" }, { websocket: true }])
      expect(refusalOf(facts({ origin, ...more }), ORIGINS)?.status).toBe(status);
  });

  test("acts only for who says that it comes from here: neither Origin nor Sec-Fetch-Site is not enough", () => {
    expect(refusalOf(facts({ method: "POST", contentType: "application/json" }), ORIGINS)?.status).toBe(403);
    expect(refusalOf(facts({ websocket: true }), ORIGINS)?.status).toBe(403);
    expect(refusalOf(facts({ websocket: true, fetchSite: "none" }), ORIGINS)?.status).toBe(403);
    expect(refusalOf(facts({ websocket: true, fetchSite: "same-origin" }), ORIGINS)).toBeUndefined();
  });

  test.each([
    ["application/json", undefined],
    ["application/json; charset=utf-8", undefined],
    ["Application/JSON", undefined],
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    [undefined, 415],
  ] as const)("a POST of %s", (contentType, status) => {
    expect(refusalOf(facts({ method: "POST", fetchSite: "same-origin", contentType }), ORIGINS)?.status).toBe(status);
  });

  test("an address for phones is https, bare, and not this machine's own loopback", () => {
    for (const text of [
      ...["chat.example.org", "ftp://x", "javascript:1", "", "http://chat.example.org", "https://u:p@chat.example.org"],
      ...["https://chat.example.org/path", "https://chat.example.org/?a", "https://localhost:1", "https://127.0.0.1", "https://[::1]"],
    ])
      expect(() => phoneOrigin(text), text).toThrow(expect.objectContaining({ code: "bad-address" }));
    expect(phoneOrigin("https://Chat.Example.org:443/")).toBe("https://chat.example.org");
    expect(phoneOrigin("https://192.168.1.5:8443")).toBe("https://192.168.1.5:8443");
  });
});

const DOORS: Doors = {
  control: originsOf("127.0.0.1", 4580),
  phones: ["https://home.local:8443", "https://192.168.1.5:8443", "https://chat.example.org"],
};
const NAMES = [
  { host: "localhost:4580", origin: "http://localhost:4580", door: "control" },
  { host: "home.local:8443", origin: "https://home.local:8443", door: "phones" },
  { host: "192.168.1.5:8443", origin: "https://192.168.1.5:8443", door: "phones" },
  { host: "chat.example.org", origin: "https://chat.example.org", door: "phones" },
  { host: "home.local", origin: "https://home.local", door: "none" },
  { host: "rebound.example:8443", origin: "https://rebound.example:8443", door: "none" },
] as const;
const KINDS = ["page", "control", "peer"] as const;
const CALLERS = [
  { site: "same-origin", origin: "own" },
  { site: "none", origin: undefined },
  { site: "cross-site", origin: "https://evil.example" },
  { site: "same-site", origin: "https://other.local:8443" },
  { site: undefined, origin: "own" },
  { site: undefined, origin: "https://evil.example" },
  { site: undefined, origin: "null" },
  { site: undefined, origin: undefined },
] as const;

/** The rules of docs/app.md once more, in another form than the code. */
function expected(door: string, kind: Purpose, foreign: boolean, proven: boolean, websocket: boolean): number | undefined {
  if (door === "none") return 421;
  if (kind === "peer") return websocket ? undefined : 400;
  if (foreign || (websocket && !proven)) return 403;
  return kind === "control" && door !== "control" ? 403 : undefined;
}

describe("the origins for phones", () => {
  const table = NAMES.flatMap((name) =>
    KINDS.flatMap((kind) => CALLERS.flatMap((caller) => [false, true].map((websocket) => ({ ...name, kind, caller, websocket })))),
  );

  test.each(table)(
    "$kind at $host from $caller.site/$caller.origin, WebSocket $websocket",
    ({ host, origin, door, kind, caller, websocket }) => {
      const given = caller.origin === "own" ? origin : caller.origin;
      const foreign = caller.site === "cross-site" || caller.site === "same-site" || (given !== undefined && given !== origin);
      const proven = caller.site === "same-origin" || given !== undefined;
      const refusal = refusalAt(DOORS, kind, facts({ host, origin: given, fetchSite: caller.site, websocket }));
      expect(refusal?.status).toBe(expected(door, kind, foreign, proven, websocket));
    },
  );

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s changes nothing there", (method) => {
    const given = facts({ method, host: "home.local:8443", fetchSite: "same-origin", contentType: "application/json" });
    expect(refusalAt(DOORS, "control", given)?.status).toBe(method === "POST" ? 403 : 405);
  });
});
