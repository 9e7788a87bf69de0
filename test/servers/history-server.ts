import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const CAPABILITIES = [
  "batch",
  "draft/chathistory",
  "draft/message-redaction",
  "echo-message",
  "labeled-response",
  "message-tags",
  "server-time",
];

interface Said {
  /** Folded: a channel, or both nicks of a private conversation. */
  place: string;
  msgid: string;
  ts: number;
  source: string;
  line: string;
}

interface User {
  nick: string;
  socket: Socket;
  caps: Set<string>;
  channels: Set<string>;
  /** Who is told of when they come and go. */
  monitors: Set<string>;
  registered: boolean;
  rest: string;
}

export interface HistoryServerOptions {
  /** Milliseconds that its clock is ahead of ours. */
  skew?: number | undefined;
  /** Messages in one answer. */
  limit?: number | undefined;
  /** Most messages that it keeps. */
  keeps?: number | undefined;
  /** Further capabilities that it offers. */
  caps?: readonly string[] | undefined;
}

/**
 * An IRC server with CHATHISTORY, MONITOR, client tags and redaction, as far as the specifications go (ircv3.net). Those of
 * Debian have no history, and those that have one could not be had for the tests: this one says what the documents say.
 */
export class HistoryServer implements AsyncDisposable {
  readonly #options: HistoryServerOptions;
  readonly #server: Server;
  readonly #users = new Set<User>();
  readonly #names = new Map<string, string>();
  #said: Said[] = [];
  #count = 0;
  #lastTs = 0;

  constructor(options: HistoryServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  /** All that was said in a place, as often as it was said. */
  texts(place: string): string[] {
    return this.#said.filter((said) => said.place === place).map(({ line }) => line.slice(line.indexOf(" :") + 2));
  }

  /** Forgets the oldest of what was said. */
  keep(count: number): void {
    this.#said = count === 0 ? [] : this.#said.slice(-count);
  }

  /** Without goodbye. */
  cut(nick: string): void {
    for (const user of this.#users) if (user.nick.toLowerCase() === nick.toLowerCase()) user.socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#users) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #meet(socket: Socket): void {
    const user: User = {
      ...{ nick: "*", socket, caps: new Set<string>(), channels: new Set<string>(), monitors: new Set<string>() },
      ...{ registered: false, rest: "" },
    };
    this.#users.add(user);
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#gone(user));
    socket.on("data", (chunk) => {
      const lines = (user.rest + String(chunk)).split("\r\n");
      user.rest = lines.pop() ?? "";
      for (const line of lines) this.#take(user, line);
    });
  }

  #gone(user: User): void {
    if (!this.#users.delete(user) || !user.registered) return;
    for (const other of this.#users) {
      if ([...other.channels].some((channel) => user.channels.has(channel))) this.#to(other, `:${user.nick}!u@h QUIT :gone`);
      if (other.monitors.has(user.nick.toLowerCase())) this.#to(other, `:irc.test 731 ${other.nick} :${user.nick}`);
    }
  }

  #take(user: User, whole: string): void {
    const { tags, verb, params } = parsed(whole);
    const label = tags.get("label");
    const answer: string[] = [];
    const reply = (line: string) => void answer.push(line);
    this.#carryOut(user, { verb, params, tags }, reply);
    const answers = label === undefined || !user.caps.has("labeled-response") ? answer : labelled(answer, label);
    for (const line of answers) this.#to(user, line);
  }

  #carryOut(user: User, { verb, params, tags }: Line, reply: (line: string) => void): void {
    const [first = "", second = ""] = params;
    const me = `:irc.test`;
    switch (verb) {
      case "CAP":
        return this.#capability(user, first.toUpperCase(), second);
      case "NICK":
        return this.#rename(user, first);
      case "USER":
      case "PONG":
        return;
      case "PING":
        return reply(`${me} PONG irc.test :${first}`);
      case "QUIT":
        return void user.socket.end();
      case "JOIN":
        for (const channel of first.split(",")) this.#join(user, channel);
        return;
      case "MONITOR":
        return this.#monitor(user, first, second, reply);
      case "PRIVMSG":
      case "NOTICE":
      case "TAGMSG":
        return this.#say(user, { verb, params, tags }, reply);
      case "REDACT":
        return this.#redact(user, params, reply);
      case "CHATHISTORY":
        return this.#history(user, params, reply);
      default:
        return reply(`${me} 421 ${user.nick} ${verb} :Unknown command`);
    }
  }

  #capability(user: User, subcommand: string, names: string): void {
    if (subcommand === "LS") this.#to(user, `:irc.test CAP * LS :${[...CAPABILITIES, ...(this.#options.caps ?? [])].join(" ")}`);
    if (subcommand === "REQ") {
      for (const name of names.split(" ")) user.caps.add(name);
      this.#to(user, `:irc.test CAP * ACK :${names}`);
    }
    if (subcommand === "END") this.#welcome(user);
  }

  #rename(user: User, nick: string): void {
    if ([...this.#users].some((other) => other !== user && other.registered && other.nick.toLowerCase() === nick.toLowerCase()))
      return this.#to(user, `:irc.test 433 * ${nick} :in use`);
    user.nick = nick;
    if (user.caps.size === 0) setTimeout(() => user.caps.size === 0 && !user.registered && this.#welcome(user), 50);
  }

  #welcome(user: User): void {
    if (user.registered || user.nick === "*") return;
    user.registered = true;
    const limit = this.#options.limit ?? 100;
    this.#to(user, `:irc.test 001 ${user.nick} :Welcome ${user.nick}!u@h`);
    this.#to(user, `:irc.test 005 ${user.nick} CASEMAPPING=ascii CHANTYPES=# CHATHISTORY=${limit} MONITOR=10 BOT=B :are supported`);
    this.#to(user, `:irc.test 422 ${user.nick} :No MOTD`);
    for (const other of this.#users)
      if (other.monitors.has(user.nick.toLowerCase())) this.#to(other, `:irc.test 730 ${other.nick} :${user.nick}!u@h`);
  }

  #join(user: User, channel: string): void {
    const folded = channel.toLowerCase();
    if (!user.channels.has(folded)) user.channels.add(folded);
    this.#names.set(folded, channel);
    const inside = [...this.#users].filter(({ channels }) => channels.has(folded));
    for (const other of inside) this.#to(other, `:${user.nick}!u@h JOIN ${channel}`);
    this.#to(user, `:irc.test 353 ${user.nick} = ${channel} :${inside.map(({ nick }) => nick).join(" ")}`);
    this.#to(user, `:irc.test 366 ${user.nick} ${channel} :End`);
  }

  #monitor(user: User, change: string, names: string, reply: (line: string) => void): void {
    for (const name of names.split(",").filter((one) => one !== "")) {
      if (change === "-") user.monitors.delete(name.toLowerCase());
      else user.monitors.add(name.toLowerCase());
      const there = [...this.#users].find(({ nick, registered }) => registered && nick.toLowerCase() === name.toLowerCase());
      if (change === "+") reply(there ? `:irc.test 730 ${user.nick} :${there.nick}!u@h` : `:irc.test 731 ${user.nick} :${name}`);
    }
  }

  #say(user: User, { verb, params, tags }: Line, reply: (line: string) => void): void {
    const [target = "", text = ""] = params;
    const channel = target.startsWith("#");
    const others = [...this.#users].filter((other) => other !== user && other.registered);
    const heard = channel
      ? others.filter(({ channels }) => channels.has(target.toLowerCase()))
      : others.filter(({ nick }) => nick.toLowerCase() === target.toLowerCase());
    if (!channel && heard.length === 0 && !this.#isKnown(target)) return reply(`:irc.test 401 ${user.nick} ${target} :No such nick`);
    this.#count += 1;
    const said: Said = {
      place: channel
        ? target.toLowerCase()
        : [user.nick, target]
            .map((nick) => nick.toLowerCase())
            .sort()
            .join(" "),
      msgid: `id-${this.#count}`,
      ts: this.#now(),
      source: `:${user.nick}!u@h`,
      line: verb === "TAGMSG" ? `TAGMSG ${target}` : `${verb} ${target} :${text}`,
    };
    const passed = [...tags].flatMap(([name, value]) => (name.startsWith("+") ? [value === "" ? name : `${name}=${value}`] : []));
    const line = `@${[`msgid=${said.msgid}`, `time=${new Date(said.ts).toISOString()}`, ...passed].join(";")} ${said.source} ${said.line}`;
    if (verb !== "TAGMSG") this.#said = [...this.#said, said].slice(-(this.#options.keeps ?? 100_000));
    for (const other of heard) if (verb !== "TAGMSG" || other.caps.has("message-tags")) this.#to(other, line);
    if (user.caps.has("echo-message")) reply(line);
  }

  #redact(user: User, [target = "", msgid = "", reason = ""]: readonly string[], reply: (line: string) => void): void {
    const found = this.#said.find((said) => said.msgid === msgid);
    if (!found) return reply(`FAIL REDACT UNKNOWN_MSGID ${target} ${msgid} :This message does not exist`);
    this.#said = this.#said.filter((said) => said !== found);
    const line = `:${user.nick}!u@h REDACT ${target} ${msgid}${reason === "" ? "" : ` :${reason}`}`;
    for (const other of this.#users) if (other !== user && other.caps.has("draft/message-redaction")) this.#to(other, line);
    reply(line);
  }

  #isKnown(nick: string): boolean {
    return this.#said.some(
      ({ source, place }) =>
        source.slice(1).toLowerCase().startsWith(`${nick.toLowerCase()}!`) || place.split(" ").includes(nick.toLowerCase()),
    );
  }

  #history(user: User, [sub = "", ...rest]: readonly string[], reply: (line: string) => void): void {
    if (sub === "TARGETS") return this.#targets(user, rest, reply);
    const [target = "", point = "", limit = "1"] = rest;
    const place = target.startsWith("#")
      ? target.toLowerCase()
      : [user.nick, target]
          .map((nick) => nick.toLowerCase())
          .sort()
          .join(" ");
    const all = this.#said.filter((said) => said.place === place);
    const count = Math.min(Number(limit), this.#options.limit ?? 100);
    const found = slice(sub, all, point, count);
    if (!found) return reply(`:irc.test FAIL CHATHISTORY INVALID_PARAMS ${sub} :Bad request`);
    this.#count += 1;
    const batch = `b${this.#count}`;
    reply(`:irc.test BATCH +${batch} chathistory ${target}`);
    for (const { msgid, ts, source, line } of found)
      reply(`@batch=${batch};msgid=${msgid};time=${new Date(ts).toISOString()} ${source} ${line}`);
    reply(`:irc.test BATCH -${batch}`);
  }

  #targets(user: User, [from = "", until = "", limit = "1"]: readonly string[], reply: (line: string) => void): void {
    const [start, end] = [timeOf(from), timeOf(until)];
    const me = user.nick.toLowerCase();
    const found = new Map<string, number>();
    for (const { place, ts } of this.#said) {
      const others = place.split(" ");
      const mine = place.startsWith("#") ? user.channels.has(place) : others.includes(me);
      const name = place.startsWith("#") ? place : (others.find((nick) => nick !== me) ?? me);
      if (mine && ts > start && ts < end) found.set(name, ts);
    }
    reply(":irc.test BATCH +t draft/chathistory-targets");
    for (const [name, ts] of [...found].slice(0, Number(limit)))
      reply(`@batch=t :irc.test CHATHISTORY TARGETS ${name} ${new Date(ts).toISOString()}`);
    reply(":irc.test BATCH -t");
  }

  /** Each message at a time of its own, as its order depends on it. */
  #now(): number {
    this.#lastTs = Math.max(this.#lastTs + 1, Date.now() + (this.#options.skew ?? 0));
    return this.#lastTs;
  }

  #to(user: User, line: string): void {
    const tagged =
      line.startsWith("@") || !user.caps.has("server-time")
        ? line
        : `@time=${new Date(Date.now() + (this.#options.skew ?? 0)).toISOString()} ${line}`;
    const plain = user.caps.has("message-tags") || user.caps.has("server-time") ? tagged : tagged.replace(/^@\S+ /, "");
    user.socket.write(`${plain}\r\n`);
  }
}

interface Line {
  tags: Map<string, string>;
  verb: string;
  params: readonly string[];
}

function parsed(whole: string): Line {
  const [, tagText = "", rest = ""] = /^(?:@(\S+) )?(.*)$/.exec(whole) ?? [];
  const tags = new Map(
    tagText
      .split(";")
      .flatMap((tag) =>
        tag === "" ? [] : ([[tag.split("=", 1)[0] ?? "", tag.includes("=") ? tag.slice(tag.indexOf("=") + 1) : ""]] as const),
      ),
  );
  const colon = rest.indexOf(" :");
  const words = (colon === -1 ? rest : rest.slice(0, colon)).split(" ").filter((word) => word !== "");
  const params = [...words.slice(1), ...(colon === -1 ? [] : [rest.slice(colon + 2)])];
  return { tags, verb: (words[0] ?? "").toUpperCase(), params };
}

function labelled(answer: readonly string[], label: string): string[] {
  const withTag = (line: string, tag: string) => (line.startsWith("@") ? `@${tag};${line.slice(1)}` : `@${tag} ${line}`);
  const [only] = answer;
  if (only === undefined) return [`@label=${label} :irc.test ACK`];
  if (answer.length === 1 || / BATCH \+/.test(only)) return [withTag(only, `label=${label}`), ...answer.slice(1)];
  const inside = answer.map((line) => withTag(line, "batch=lab"));
  return [`@label=${label} :irc.test BATCH +lab labeled-response`, ...inside, ":irc.test BATCH -lab"];
}

const timeOf = (point: string): number => (point.startsWith("timestamp=") ? Date.parse(point.slice(10)) : Number.NaN);

function slice(sub: string, all: readonly Said[], point: string, count: number): readonly Said[] | undefined {
  if (sub === "LATEST" && point === "*") return all.slice(-count);
  const at = point.startsWith("msgid=") ? all.find(({ msgid }) => msgid === point.slice(6))?.ts : timeOf(point);
  if (at === undefined || Number.isNaN(at)) return undefined;
  if (sub === "AFTER") return all.filter(({ ts }) => ts > at).slice(0, count);
  if (sub === "BEFORE") return all.filter(({ ts }) => ts < at).slice(-count);
  return undefined;
}

export function historyServer(options: HistoryServerOptions = {}): Promise<HistoryServer> {
  return new HistoryServer(options).listen();
}
