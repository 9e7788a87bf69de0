import type { Duplex } from "node:stream";
import irc, { type ClientOptions, type IrcMessage } from "irc-framework";
import { narrowedOffer, WANTED } from "./capabilities.ts";
import type { IrcConfig } from "./config.ts";
import { transportOver } from "./transport.ts";

/** What irc-framework may see: capability negotiation and SASL. Its other handlers keep what a server sends without bounds. */
const FOR_FRAMEWORK = new Set(["CAP", "AUTHENTICATE", "900", "901", "902", "903", "904", "905", "906", "907", "908"]);

export interface ClientEvents {
  /** Each line from the server, in order. */
  line: (message: IrcMessage) => void;
  saslFailed: (reason: string, message: string | undefined) => void;
  closed: (error: unknown) => void;
  oversized: (bytes: number) => void;
  malformed: (error: unknown) => void;
}

/** One connection to an IRC server, from the first byte to the last. */
export interface IrcClient {
  /** Throws a `BridgeError` for a line that must not go out; false where the connection is gone. */
  write(line: string): boolean;
  capabilities(): readonly string[];
  /** Says goodbye with a QUIT line, or cuts the connection. */
  quit(reason: string): void;
  cut(): void;
}

/** Starts to register at once: CAP, PASS, NICK, USER, SASL PLAIN. `basic`: asks for no capability but SASL. */
export function startClient(stream: Duplex, config: IrcConfig, events: ClientEvents, basic: boolean): IrcClient {
  const client = new irc.Client();
  const wanted = [...(basic ? [] : WANTED), ...(config.sasl ? ["sasl"] : [])];
  client.requestCap(wanted);
  client.raw_middleware.use((command, message, _line, _client, next) => {
    guarded(() => events.line(message), events);
    if (!FOR_FRAMEWORK.has(command)) return;
    const offer = narrowedOffer(message, wanted, client.network.cap.enabled);
    if (offer === undefined) return;
    if (command === "CAP" && message.params.length > 0) message.params[message.params.length - 1] = offer;
    guarded(next, events);
  });
  client.on("sasl failed", ({ reason, message }) => events.saslFailed(reason, message));
  client.on("socket close", (error) => events.closed(error));
  client.connect(options(config, transportOver(stream, events)));
  return {
    write: (line) => client.connection.connected && client.connection.write(line) !== false,
    capabilities: () => client.network.cap.enabled,
    quit: (reason) => client.connection.end(`QUIT :${reason}`),
    cut: () => stream.destroy(),
  };
}

/** irc-framework would print what is thrown. */
function guarded(run: () => void, events: ClientEvents): void {
  try {
    run();
  } catch (error) {
    events.malformed(error);
  }
}

function options(config: IrcConfig, transport: ClientOptions["transport"]): ClientOptions {
  return {
    nick: config.nick,
    username: config.username,
    gecos: config.realname,
    password: config.serverPassword,
    account: config.sasl ?? {},
    version: "",
    encoding: "utf8",
    auto_reconnect: false,
    ping_interval: 0,
    ping_timeout: 0,
    sasl_disconnect_on_fail: true,
    enable_chghost: true,
    enable_setname: true,
    enable_echomessage: true,
    transport,
  };
}
