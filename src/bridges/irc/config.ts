import { BridgeError } from "../kit/index.ts";
import { isHarmless } from "./outgoing-line.ts";
import type { Mechanism, SaslLogin } from "./sasl.ts";

/** An account's fields, checked. `tls`, `socks`, `ca` and `fingerprint` are the broker's: the plugin only asks for TLS or not. */
export interface IrcConfig {
  host: string;
  port: number;
  tls: boolean;
  nick: string;
  username: string;
  realname: string;
  /** Server password (PASS). Set only without SASL. */
  serverPassword: string | undefined;
  sasl: SaslLogin | undefined;
  /** Set where the server is a BitlBee: the password of the account there. */
  bitlbee: { password: string } | undefined;
  /** Whether programs that ask get the few answers that there are (CTCP). */
  ctcp: boolean;
  /** Lines that are written each time the server has let us in, before the channels are joined. */
  perform: string[];
  /** Messages that may go at once, then milliseconds between two. */
  flood: { burst: number; intervalMs: number };
}

const DEFAULT_PORT = 6697;
const DEFAULT_FLOOD = { burst: 5, intervalMs: 1200 };
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const LINE_BREAKERS = /[\r\n\0]/;
/** Settings that are files: the broker's, of which nothing goes into a line. */
const FILES = new Set(["ca", "clientcert", "perform"]);
const MAX_PERFORMED = 20;
const NICK = /^[^\s!@*?,.:#&$~+%\d-][^\s!@*?,.]{0,63}$/u;

/** Throws a `BridgeError` that names the field and not its value. */
export function readConfig(fields: Record<string, string>): IrcConfig {
  for (const [id, value] of Object.entries(fields)) {
    if (!FILES.has(id) && LINE_BREAKERS.test(value)) throw wrong(id, "holds a line break or a NUL character");
  }
  const nick = fields["nick"] ?? "";
  if (!NICK.test(nick)) throw wrong("nick", "is not a nick that IRC knows");
  return {
    host: required(fields, "host"),
    port: whole(fields, "port", { from: 1, to: 65_535, otherwise: DEFAULT_PORT }),
    tls: fields["tls"] !== "no",
    nick,
    username: word(fields, "username", nick),
    realname: fields["realname"] || nick,
    ...credentials(fields),
    ctcp: fields["ctcp"] !== "no",
    perform: performOf(fields["perform"] ?? ""),
    flood: {
      burst: whole(fields, "flood_burst", { from: 1, to: 10_000, otherwise: DEFAULT_FLOOD.burst }),
      intervalMs: whole(fields, "flood_interval", { from: 1, to: 60_000, otherwise: DEFAULT_FLOOD.intervalMs }),
    },
  };
}

function credentials(fields: Record<string, string>): Pick<IrcConfig, "serverPassword" | "sasl" | "bitlbee"> {
  if (fields["kind"] === "bitlbee") return bitlbeeCredentials(fields);
  return { ...ircCredentials(fields), bitlbee: undefined };
}

/** They are given in the control channel, where an account can be made of them. */
function bitlbeeCredentials({ password }: Record<string, string>): Pick<IrcConfig, "serverPassword" | "sasl" | "bitlbee"> {
  if (!password) throw wrong("password", "is needed: the one of your account in BitlBee, which is made where there is none yet");
  if (/["\\]/.test(password)) throw wrong("password", "holds a quotation mark or a backslash, which BitlBee does not take");
  return { serverPassword: undefined, sasl: undefined, bitlbee: { password } };
}

function ircCredentials(fields: Record<string, string>): Pick<IrcConfig, "serverPassword" | "sasl"> {
  const password = fields["password"] || undefined;
  const account = fields["sasl"] || undefined;
  const external = wantsExternal(fields);
  if (external && !fields["clientcert"]) throw wrong("clientcert", "is needed for the login with a client certificate");
  if (external) return { serverPassword: password, sasl: { account: account ?? "", password: "", mechanisms: ["EXTERNAL"] } };
  if (account === undefined) return { serverPassword: password, sasl: undefined };
  if (password === undefined) throw wrong("password", "is needed for the login with SASL");
  return { serverPassword: undefined, sasl: { account, password, mechanisms: mechanismsOf(fields["login"] ?? "") } };
}

/** A line each, as IRC takes them; `/msg NickServ …` is one as well. */
function performOf(text: string): string[] {
  const lines = text.split(/\r?\n/).flatMap((line) =>
    line.trim() === ""
      ? []
      : [
          line
            .trim()
            .replace(/^\/msg (\S+) +:?/i, "PRIVMSG $1 :")
            .replace(/^\//, ""),
        ],
  );
  if (lines.length > MAX_PERFORMED) throw wrong("perform", `has more than ${MAX_PERFORMED} lines`);
  if (lines.some((line) => line.includes("\0") || line.includes("\r"))) throw wrong("perform", "holds a character that no line can hold");
  if (lines.some((line) => !isHarmless(line))) throw wrong("perform", "holds a command that would take the connection away, such as QUIT");
  return lines;
}

/** A certificate in the place of a password. */
function wantsExternal({ login, sasl, password, clientcert }: Record<string, string>): boolean {
  return login === "external" || ((login ?? "auto") === "auto" && !!sasl && !password && !!clientcert);
}

/** Best first: SCRAM does not show the password to the server, and makes it prove that it knows it. */
function mechanismsOf(login: string): Mechanism[] {
  if (login === "scram-sha-256") return ["SCRAM-SHA-256"];
  return login === "plain" ? ["PLAIN"] : ["SCRAM-SHA-256", "PLAIN"];
}

function required(fields: Record<string, string>, id: string): string {
  const value = fields[id];
  if (value === undefined || value === "" || /\s/.test(value)) throw wrong(id, "is missing or holds a space");
  return value;
}

function word(fields: Record<string, string>, id: string, otherwise: string): string {
  const value = fields[id] || otherwise;
  if (/[\s@!:]/.test(value)) throw wrong(id, "holds a space, @, ! or :");
  return value;
}

function whole(fields: Record<string, string>, id: string, range: { from: number; to: number; otherwise: number }): number {
  const text = fields[id];
  if (text === undefined || text === "") return range.otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < range.from || value > range.to)
    throw wrong(id, `is not a number from ${range.from} to ${range.to}`);
  return value;
}

function wrong(id: string, what: string): BridgeError {
  return new BridgeError({ code: "auth", sent: "no", message: `The setting "${id}" ${what}.`, action: "check-settings" });
}
