/** irc-framework ships no types. Only what this plugin touches: the line parser, capability negotiation with SASL PLAIN, and the writer. */
declare module "irc-framework" {
  import type { EventEmitter } from "node:events";

  export interface IrcMessage {
    /** Keys in lower case, values unescaped. */
    tags: Record<string, string>;
    /** Whole source: `nick!user@host` or a server's name. */
    prefix: string;
    nick: string;
    ident: string;
    hostname: string;
    /** Upper case, or three digits. */
    command: string;
    params: string[];
  }

  export interface Transport extends EventEmitter {
    connect(): void;
    writeLine(line: string, written?: () => void): void;
    close(force?: boolean): void;
    disposeSocket(): void;
    setEncoding(encoding: string): boolean;
  }

  export interface ClientOptions {
    nick: string;
    username: string;
    gecos: string;
    password?: string | undefined;
    /** `{}` keeps the server password from being tried as SASL password as well. */
    account: { account?: string | undefined; password?: string | undefined };
    version: string;
    encoding: string;
    auto_reconnect: boolean;
    ping_interval: number;
    ping_timeout: number;
    sasl_disconnect_on_fail: boolean;
    enable_chghost: boolean;
    enable_setname: boolean;
    enable_echomessage: boolean;
    transport: new (options: ClientOptions) => Transport;
  }

  export type RawMiddleware = (command: string, message: IrcMessage, line: string, client: Client, next: () => void) => void;

  export class Client {
    readonly connection: { readonly connected: boolean; write(line: string): unknown; end(line?: string): void };
    readonly network: { cap: { enabled: string[]; available: Map<string, string> } };
    readonly raw_middleware: { use(middleware: RawMiddleware): void };
    on(event: "sasl failed", listener: (event: { reason: string; message?: string }) => void): this;
    on(event: "socket close", listener: (error: unknown) => void): this;
    requestCap(capabilities: string[]): void;
    connect(options: ClientOptions): void;
  }

  const irc: {
    Client: typeof Client;
    /** Parses one line without its end. Throws on nothing; what is missing is empty. */
    ircLineParser(line: string): IrcMessage;
  };
  export default irc;
}
