import type { ConvId } from "./ids.ts";

/** What a network can do beside messages (`/whois nick`), as a composer offers it behind a slash. Listed in the manifest. */
export interface NetworkCommand {
  /** Lower case, without the slash. */
  name: string;
  /** What follows the name, e.g. `<nick> [reason]`; empty for nothing. */
  usage: string;
  /** One line for people. */
  help: string;
  /** Whether it belongs into a conversation, into one of many people, or nowhere in particular. */
  scope: "account" | "conversation" | "channel";
  /** Only for accounts with these settings. */
  when?: Record<string, string> | undefined;
}

export interface CommandCall {
  name: string;
  /** As the person typed it, without line breaks. May hold a secret: it is in no log. */
  args: string;
  conv?: ConvId | undefined;
}

/** What came of it. */
export interface CommandAnswer {
  /** For people; empty where there is nothing to say. */
  text: string;
  /** The same for scripts, where it is a list: each row has the same columns. */
  rows?: Record<string, string>[] | undefined;
}
