import { describe, expect, it } from "vitest";
import { egressPolicy } from "../../../src/bridges/host/egress/index.ts";
import { manifestOf } from "../../faults/plugins/manifest.ts";

const manifest = manifestOf({ needs: { net: ["{host}:{port}"], maxRssMb: 100 } });
const ownPorts = () => [1];
const policyOf = (config: Record<string, string>) => egressPolicy(manifest, { host: "a", port: "9", ...config }, ownPorts);

describe("what an account's settings mean to the broker", () => {
  it("by default: what is declared, directly, with certificates that verify", () => {
    expect(policyOf({})).toEqual({ declared: ["a:9"], ownPorts, tls: { allowUnverified: false } });
    expect(policyOf({ socks: "", ca: "", fingerprint: "", tls: "yes" })).toEqual(policyOf({}));
  });

  it("an authority, a pin, and the wish to go on with any certificate", () => {
    expect(policyOf({ ca: "PEM", fingerprint: "aa", tls: "unverified" }).tls).toEqual({ ca: "PEM", fingerprint: "aa", allowUnverified: true });
  });

  it.each([
    ["127.0.0.1:9050", { host: "127.0.0.1", port: 9050 }],
    ["socks5://proxy.example.org:1080", { host: "proxy.example.org", port: 1080 }],
    ["[::1]:9050", { host: "[::1]", port: 9050 }],
    ["alice:p@ss:word@proxy:1", { host: "proxy", port: 1, username: "alice", password: "p@ss:word" }],
  ])("the proxy %s", (socks, parsed) => {
    expect(policyOf({ socks }).socks).toEqual(parsed);
  });

  it.each(["proxy", "proxy:0", "proxy:70000", ":9050", "alice:secret@", "http://proxy:1", "a b:1"])("not the proxy %s, and the error does not repeat it", (socks) => {
    expect(() => policyOf({ socks })).toThrow('The setting "socks" is not host:port, nor user:password@host:port.');
  });
});
