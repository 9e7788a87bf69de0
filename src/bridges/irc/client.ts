import type { Duplex } from "node:stream";
import irc, { type ClientOptions, type IrcMessage } from "irc-framework";
import type { IrcConfig } from "./config.ts";
import { transportOver } from "./transport.ts";

export interface ClientEvents {
  /** Each line from the server, in order. */
  line: (message: IrcMessage) => void;
  closed: (error: unknown) => void;
  oversized: (bytes: number) => void;
  malformed: (error: unknown) => void;
}

/** One connection to an IRC server, from the first byte to the last. */
export interface IrcClient {
  /** Throws a `BridgeError` for a line that must not go out; false where the connection is gone. */
  write(line: string): boolean;
  /** Says goodbye with a QUIT line, or cuts the connection. */
  quit(reason: string): void;
  cut(): void;
}

/**
 * Starts to register at once: CAP LS, PASS, NICK, USER. No line is given to irc-framework's own handlers: they keep what a
 * server sends without bounds. It reads the lines, and `Negotiation` and `Registration` answer them.
 */
export function startClient(stream: Duplex, config: IrcConfig, events: ClientEvents): IrcClient {
  const client = new irc.Client();
  client.raw_middleware.use((_command, message) => guarded(() => events.line(message), events));
  client.on("socket close", (error) => events.closed(error));
  client.connect(options(config, transportOver(stream, events)));
  return {
    write: (line) => client.connection.connected && client.connection.write(line) !== false,
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
    // The password of the server is not to be tried for SASL as well.
    account: {},
    version: "",
    encoding: "utf8",
    auto_reconnect: false,
    ping_interval: 0,
    ping_timeout: 0,
    transport,
  };
}
