import type { BridgeRow } from "../../src/api/bridges.ts";
import type { Message, WatchEvent } from "../../src/api/messages.ts";
import { type CliProcess, eventually, type Homeport, type Refusal } from "../harness/homeport.ts";
import { certificates } from "../servers/certs.ts";

type Settings = Record<string, string>;

/** Sends as fast as it can: for servers that do not mind. */
const UNHURRIED = { flood_burst: "1000", flood_interval: "1" };

/** Of an account on a test server by TLS, with the tests' own authority. */
export async function overTls({ host, tlsPort }: { host: string; tlsPort: number }): Promise<Settings> {
  return { host, port: String(tlsPort), ca: `@${(await certificates()).caFile}`, ...UNHURRIED };
}

export function inTheClear({ host, port }: { host: string; port: number }): Settings {
  return { host, port: String(port), tls: "no", ...UNHURRIED };
}

export function addArguments(settings: Settings, secrets: Settings = {}): string[] {
  const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const secret = Object.entries(secrets).flatMap(([key, file]) => ["--secret", `${key}=@${file}`]);
  return ["bridge", "add", "irc", "--set", ...set, ...secret];
}

/** Id of the account, which is online. */
export async function addIrc(device: Homeport, settings: Settings, secrets: Settings = {}): Promise<string> {
  return (await device.json<{ account: string }>(...addArguments(settings, secrets), "--wait")).account;
}

/** What `bridge add --wait` says where it cannot get online, and the account that is there all the same. */
export async function refusedLogin(device: Homeport, settings: Settings, secrets: Settings = {}): Promise<Refusal & { account: string }> {
  const refusal = await device.refusal(...addArguments(settings, secrets), "--wait");
  return { ...refusal, account: (JSON.parse(refusal.stdout) as { account: string }).account };
}

export async function open(device: Homeport, account: string, target: string): Promise<string> {
  return (await device.json<{ conversation: string }>("bridge", "open", account, target, "--wait")).conversation;
}

export async function bridgeRow(device: Homeport, account: string): Promise<BridgeRow> {
  const found = (await device.json<BridgeRow[]>("bridge", "list")).find((row) => row.account === account);
  if (!found) throw new Error(`${device.name} has no account ${account}`);
  return found;
}

/** Resolves with the account's row once it is as wanted. */
export async function untilBridge(device: Homeport, account: string, fits: (row: BridgeRow) => boolean): Promise<BridgeRow> {
  let last: BridgeRow | undefined;
  try {
    return await eventually("the bridge is as wanted", async () => {
      last = await bridgeRow(device, account);
      return fits(last) ? last : undefined;
    });
  } catch (cause) {
    throw new Error(`the account stayed ${JSON.stringify(last)}`, { cause });
  }
}

export async function history(device: Homeport, conversation: string, limit = 1000): Promise<Message[]> {
  return device.rows<Message>("read", conversation, "--limit", String(limit));
}

/** The message that a `watch` prints, or has printed. */
export async function heard(stream: CliProcess, fits: string | ((message: Message) => boolean)): Promise<Message> {
  const matches = typeof fits === "string" ? (message: Message) => message.text === fits : fits;
  const event = await stream.until<WatchEvent>(
    typeof fits === "string" ? `message "${fits.slice(0, 80)}"` : `message like ${fits}`,
    (one) => one.event === "message" && matches(one.message),
  );
  return (event as WatchEvent & { event: "message" }).message;
}

/** All messages that a `watch` has printed so far. */
export function messagesOf(stream: CliProcess): Message[] {
  return stream.events<WatchEvent>().flatMap((event) => (event.event === "message" ? [event.message] : []));
}

/** The states that a `watch` has shown of a message, one after the other. */
export function statesOf(stream: CliProcess, id: string): string[] {
  const states = stream.events<WatchEvent>().flatMap((event) => {
    if (event.event === "message" && event.message.id === id) return [event.message.state];
    return event.event === "state" && event.id === id ? [event.state] : [];
  });
  return states.filter((state, index) => state !== states[index - 1]);
}

/** Resolves when a `watch` has shown the message in this state. */
export async function becomes(stream: CliProcess, id: string, state: string): Promise<void> {
  await stream.until<WatchEvent>(`state ${state}`, (event) => {
    if (event.event === "message") return event.message.id === id && event.message.state === state;
    return event.event === "state" && event.id === id && event.state === state;
  });
}
