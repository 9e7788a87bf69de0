import { describe, expect, test } from "vitest";
import { originsOf, type RequestFacts, refusalOf } from "../../../src/node/web/access.ts";

const ORIGINS = originsOf("127.0.0.1", 4580, ["https://chat.example.org"]);

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

  test("an address that is no origin is refused where it is given", () => {
    for (const named of ["chat.example.org", "ftp://x", "javascript:1", ""])
      expect(() => originsOf("127.0.0.1", 1, [named])).toThrow(expect.objectContaining({ code: "bad-config" }));
  });
});
