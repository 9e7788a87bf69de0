/** irc-framework ships no types. Only what this plugin touches: the line parser and the writer. */
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
    transport: new (options: ClientOptions) => Transport;
  }

  export type RawMiddleware = (command: string, message: IrcMessage, line: string, client: Client, next: () => void) => void;

  export class Client {
    readonly connection: { readonly connected: boolean; write(line: string): unknown; end(line?: string): void };
    readonly raw_middleware: { use(middleware: RawMiddleware): void };
    on(event: "socket close", listener: (error: unknown) => void): this;
    connect(options: ClientOptions): void;
  }

  const irc: {
    Client: typeof Client;
    /** Parses one line without its end. Throws on nothing; what is missing is empty. */
    ircLineParser(line: string): IrcMessage;
  };
  export default irc;
}
