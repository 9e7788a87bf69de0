import { ConnectError, fail, loginRefused } from "./failures.ts";
import { NS } from "./ns.ts";
import { type Credentials, SCRAM, Scram, type ScramMechanism } from "./scram.ts";
import { type Element, el } from "./xml.ts";
import type { XmlStream } from "./xml-stream.ts";

/** Longest challenge that is looked at, in characters of base64. */
const MAX_CHALLENGE = 8_192;

export interface LoginOptions {
  domain: string;
  credentials: Credentials;
  /** Encrypted, to a server that has proved its name. */
  isProven: boolean;
  /** This account has logged in by SCRAM before. */
  hadScram: boolean;
}

/** Logs in (RFC 6120, section 6) and returns the mechanism. Throws a `ConnectError`. */
export async function login(stream: XmlStream, features: Element, options: LoginOptions): Promise<string> {
  const offered = mechanismsOf(features);
  const scram = (Object.keys(SCRAM) as ScramMechanism[]).find((name) => offered.includes(name));
  if (scram) return byScram(stream, scram, options);
  if (!offered.includes("PLAIN"))
    fail("later", "auth", `${options.domain} offers no login that Homeport knows: ${offered.join(", ").slice(0, 200)}.`);
  return byPlain(stream, options);
}

function mechanismsOf(features: Element): string[] {
  const list = features.getChild("mechanisms", NS.sasl)?.getChildren("mechanism") ?? [];
  return list.slice(0, 50).map((mechanism) => mechanism.getText().trim().slice(0, 64));
}

async function byScram(stream: XmlStream, mechanism: ScramMechanism, { domain, credentials }: LoginOptions): Promise<string> {
  const scram = new Scram(mechanism, credentials);
  stream.send(el("auth", { xmlns: NS.sasl, mechanism }, encode(scram.first())));
  const challenge = await answerOf(stream, domain, "challenge");
  const answer = await scram
    .answer(decode(challenge))
    .catch((error: unknown) => notProven(domain, error instanceof Error ? error.message : "its challenge makes no sense"));
  stream.send(el("response", { xmlns: NS.sasl }, encode(answer)));
  const success = await answerOf(stream, domain, "success");
  if (!scram.verify(decode(success))) notProven(domain, "it said yes without proof");
  return mechanism;
}

/** Hands the password over as it is: only to a server that has proved its name, and that never could do better. */
async function byPlain(stream: XmlStream, { domain, credentials, isProven, hadScram }: LoginOptions): Promise<string> {
  if (!isProven)
    fail("later", "insecure", `${domain} wants the password as it is, over a connection that is not proven.`, "check-settings");
  if (hadScram)
    fail(
      "later",
      "insecure",
      `${domain} used to prove that it knows the password and now wants to be told it. It was not told.`,
      "open-native",
    );
  const { username, password } = credentials;
  stream.send(el("auth", { xmlns: NS.sasl, mechanism: "PLAIN" }, encode(`\0${username}\0${password}`)));
  await answerOf(stream, domain, "success");
  return "PLAIN";
}

async function answerOf(stream: XmlStream, domain: string, expected: "challenge" | "success"): Promise<string> {
  const answer = await stream.next();
  if (answer.is("failure", NS.sasl)) throw new ConnectError(loginRefused(domain, answer));
  // A server that is sure of itself before it was asked for its proof has proved nothing.
  if (!answer.is(expected, NS.sasl)) notProven(domain, `it answered with ${answer.getName().slice(0, 32)}`);
  return answer.getText().slice(0, MAX_CHALLENGE);
}

function notProven(domain: string, why: string): never {
  fail(
    "later",
    "insecure",
    `${domain} has not proved that it knows the password: ${why}. Somebody else may be answering.`,
    "check-settings",
  );
}

const encode = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const decode = (text: string): string => Buffer.from(text, "base64").toString("utf8");
