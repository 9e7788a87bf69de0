import type { Manifest } from "../../contract/index.ts";
import { bareHost } from "./address.ts";

/**
 * The hosts that an account may reach: the manifest's patterns with the account's fields, or their defaults, filled in. A
 * pattern with a field that is empty gives nothing. `{id@}` is what stands behind the @ of an address.
 */
export function declaredHosts(manifest: Manifest, config: Record<string, string>): string[] {
  const valueOf = (id: string): string => (id.endsWith("@") ? domainOf(given(id.slice(0, -1))) : given(id));
  const given = (id: string): string => config[id] || manifest.fields.find((field) => field.id === id)?.default || "";
  return manifest.needs.net.flatMap((pattern) => {
    const fields = [...pattern.matchAll(FIELD)].map(([, id]) => id as string);
    return fields.some((id) => valueOf(id) === "") ? [] : [pattern.replace(FIELD, (_, id: string) => valueOf(id))];
  });
}

/** Undefined parts and blanks make no host: such a pattern fits nothing. */
const domainOf = (address: string): string => /@([^@/\s]+)$/.exec(address)?.[1] ?? "";

const FIELD = /\{([^}]+)\}/g;

/** Whether the account may ask this domain for this service: a pattern `srv:_service._tcp.domain`. */
export function isServiceDeclared(declared: readonly string[], { service, host }: { service?: string | undefined; host: string }): boolean {
  return service !== undefined && declared.some((pattern) => pattern === `srv:${service}.${bareHost(host)}`);
}

/** Whether one of the patterns `host:port` means exactly this. */
export function isDeclared(declared: readonly string[], host: string, port: number): boolean {
  return declared.some((pattern) => {
    const colon = pattern.lastIndexOf(":");
    return colon > 0 && pattern.slice(colon + 1) === String(port) && bareHost(pattern.slice(0, colon)) === bareHost(host);
  });
}
