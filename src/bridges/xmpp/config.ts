import { BridgeError } from "../kit/index.ts";
import { bareOf, type Jid, parseJid } from "./jids.ts";

/** An account's fields, checked. `socks`, `ca` and `fingerprint` are the broker's. */
export interface XmppConfig {
  jid: Jid;
  /** The own bare address, as it is compared. */
  bare: string;
  password: string;
  /** Where the person says to connect; else what the domain says. */
  server: { host: string; port: number | undefined } | undefined;
  /** `any`: TLS from the first byte or by STARTTLS, whatever there is, but never without. */
  tls: "any" | "direct" | "starttls" | "none";
  /** In rooms. */
  nick: string;
  sends: { receipts: boolean; markers: boolean; typing: boolean; presence: boolean };
}

const TLS: Record<string, XmppConfig["tls"]> = { yes: "any", unverified: "any", direct: "direct", starttls: "starttls", no: "none" };

/** Throws a `BridgeError` that names the field and not its value. */
export function readConfig(fields: Record<string, string>): XmppConfig {
  const jid = parseJid(fields["jid"]);
  if (!jid?.local) throw wrong("jid", "is not an address such as alice@example.org");
  const password = fields["password"];
  if (!password) throw wrong("password", "is missing");
  const isOn = (id: string) => fields[id] !== "no";
  return {
    jid: { ...jid, resource: "" },
    bare: bareOf(jid),
    password,
    server: fields["host"] ? { host: fields["host"], port: portOf(fields["port"]) } : undefined,
    tls: TLS[fields["tls"] ?? "yes"] ?? "any",
    nick: fields["nick"] || jid.local,
    sends: { receipts: isOn("receipts"), markers: isOn("read"), typing: isOn("typing"), presence: isOn("presence") },
  };
}

function portOf(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong("port", "is not a number from 1 to 65535");
  return port;
}

function wrong(id: string, what: string): BridgeError {
  return new BridgeError({ code: "auth", sent: "no", message: `The setting "${id}" ${what}.`, action: "check-settings" });
}
