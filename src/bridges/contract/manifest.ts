import type { SecurityLabel } from "../../security-labels/index.ts";
import type { NetworkCommand } from "./network-commands.ts";

/** Plain JSON: the host reads it without running plugin code. */
export interface Manifest {
  contract: 1;
  /** Stable, lower case, e.g. `irc`; also the network's name on the command line. */
  id: string;
  name: string;
  version: string;
  /** Module with a named export `plugin: () => Plugin`, relative to the manifest. */
  entry: string;
  /** What an account needs. The host asks for these, keeps the secret ones in the vault and hands all of them to `connect`. */
  fields: Field[];
  delivery: Delivery;
  /** What a person may ask of the network beside messages; needs `Plugin.command`. */
  commands?: NetworkCommand[] | undefined;
  /** The host never shows a better label than this. */
  ceiling: Exclude<SecurityLabel, "e2ee-device">;
  needs: Needs;
}

export interface Field {
  id: string;
  type: "text" | "username" | "password" | "host" | "port" | "select" | "url" | "file";
  /** One line for people. */
  help: string;
  required: boolean;
  secret: boolean;
  /** A regular expression that the whole value fits. */
  pattern?: string | undefined;
  options?: string[] | undefined;
  default?: string | undefined;
}

/** How a lost acknowledgement is resolved. native: the network deduplicates our TxnId. echo: our TxnId comes back.
 * history: an archive can be searched. none: cannot be known. */
export interface Delivery {
  send: "native" | "echo" | "history" | "none";
  echoScope?: "connection" | "durable" | undefined;
  inbound: "cursor" | "archive" | "live-only";
  /** What the person is promised, in one sentence. */
  promise: string;
}

export interface Needs {
  /** Patterns `host:port` that the egress broker dials; `{field}` stands for the account's value of that field. */
  net: string[];
  /** MiB of resident memory; above it the process is ended. */
  maxRssMb: number;
}
