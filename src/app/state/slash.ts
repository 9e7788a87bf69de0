/** What a person asked for by what they typed. */
export type Intent =
  | { is: "say"; text: string; style: "text" | "action" | "notice" }
  | { is: "open"; target: string; text: string }
  | { is: "leave" }
  | { is: "topic"; topic: string }
  | { is: "members" }
  /** One of the network's own commands. */
  | { is: "network"; name: string; args: string }
  /** `usage`: what has to follow the command. */
  | { is: "incomplete"; command: string; usage: string }
  | { is: "unknown"; command: string };

interface Command {
  usage: string;
  /** Undefined where what follows is not enough. */
  read(rest: string): Intent | undefined;
}

const opening = (rest: string): Intent | undefined => {
  const [target = "", ...words] = rest.split(" ");
  return target === "" ? undefined : { is: "open", target, text: words.join(" ").trim() };
};

const IRC: Readonly<Record<string, Command>> = {
  me: { usage: "/me …", read: (rest) => (rest === "" ? undefined : { is: "say", style: "action", text: rest }) },
  notice: { usage: "/notice …", read: (rest) => (rest === "" ? undefined : { is: "say", style: "notice", text: rest }) },
  join: { usage: "/join #channel", read: opening },
  query: { usage: "/query nick", read: opening },
  msg: { usage: "/msg nick …", read: (rest) => (/\S \S/.test(rest) ? opening(rest) : undefined) },
  part: { usage: "/part", read: () => ({ is: "leave" }) },
  topic: { usage: "/topic …", read: (rest) => (rest === "" ? undefined : { is: "topic", topic: rest }) },
  names: { usage: "/names", read: () => ({ is: "members" }) },
};

const OWN: Readonly<Record<string, Command>> = { me: IRC.me as Command };

/** The commands that the app has for a network beside those that the network itself offers, for completion and help. */
export function commandsOf(network: string): { name: string; usage: string }[] {
  return Object.entries(tableOf(network)).map(([name, { usage }]) => ({ name, usage }));
}

/**
 * `//` at the beginning says a text that begins with a slash. On networks without commands a slash is a slash. `offered`: names of
 * the network's own commands.
 */
export function readIntent(text: string, network: string, offered: readonly string[] = []): Intent {
  if (text.startsWith("//")) return { is: "say", style: "text", text: text.slice(1) };
  const match = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text.trimEnd());
  const table = tableOf(network);
  if (!match || (Object.keys(table).length === 0 && offered.length === 0)) return { is: "say", style: "text", text };
  const name = (match[1] as string).toLowerCase();
  const command = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!command && offered.includes(name)) return { is: "network", name, args: match[2]?.trim() ?? "" };
  if (!command) return { is: "unknown", command: `/${name}` };
  return command.read(match[2]?.trim() ?? "") ?? { is: "incomplete", command: `/${name}`, usage: command.usage };
}

function tableOf(network: string): Readonly<Record<string, Command>> {
  return network === "irc" ? IRC : network === "homeport" ? OWN : {};
}
