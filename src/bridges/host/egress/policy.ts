import type { Manifest } from "../../contract/index.ts";
import { BridgeError } from "../../kit/bridge-error.ts";
import { declaredHosts } from "./declared.ts";
import type { EgressPolicy, SocksProxy } from "./types.ts";

/**
 * What the settings of an account mean to the broker. The fields with these ids mean the same in every plugin: `socks`
 * (`host:port` or `user:password@host:port`), `ca` (PEM), `fingerprint` (SHA-256), `tls` (`unverified` for a person who
 * wants to go on with any certificate). Throws a `BridgeError` that names the field and not its value.
 */
export function egressPolicy(manifest: Manifest, config: Record<string, string>, ownPorts: () => number[]): EgressPolicy {
  const { socks, ca, fingerprint, tls } = config;
  return {
    declared: declaredHosts(manifest, config),
    ownPorts,
    ...(socks === undefined || socks === "" ? {} : { socks: parseSocks(socks) }),
    tls: { ca: ca || undefined, fingerprint: fingerprint || undefined, allowUnverified: tls === "unverified" },
  };
}

const SOCKS = /^(?:socks5h?:\/\/)?(?:([^:@]*):(.*)@)?(\[[0-9a-f:.]+\]|[^:@\s]+):(\d{1,5})$/is;

function parseSocks(text: string): SocksProxy {
  const [, username, password, host, port] = SOCKS.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw wrongSocks();
  return { host, port: Number(port), ...(username === undefined ? {} : { username, password }) };
}

const wrongSocks = (): BridgeError =>
  new BridgeError({
    code: "auth",
    sent: "no",
    message: 'The setting "socks" is not host:port, nor user:password@host:port.',
    action: "check-settings",
  });
