import type { SecurityLabel } from "../../../src/security-labels/index.ts";
import type { PluginUnderTest } from "../plugin-under-test.ts";

/** A real server of a network, and what a test may do to it. It is shared by the tests of one suite. */
export interface NetworkUnderTest extends AsyncDisposable {
  readonly traits: NetworkTraits;
  /** A new account, not yet started, and another person in a room of their own. */
  meet(options?: MeetingOptions): Promise<Meeting>;
  /** The server dies at once; nothing of its memory is saved. */
  kill(): Promise<void>;
  /** At the same address again. */
  start(): Promise<void>;
  /** Resets the connections of all accounts; the server goes on. */
  cut(): void;
  /** While on, nothing passes between accounts and server, and nothing of it is lost. */
  stall(on: boolean): void;
  /** From the next start on: `wrong` does not verify. Undefined where the network has no certificates. */
  useCertificate?(which: "right" | "renewed" | "wrong"): void;
}

export interface NetworkTraits {
  /** What the best connection to this network gives. */
  label: SecurityLabel;
  /** What is said while the account is away is delivered later; else there has to be a gap. */
  history: boolean;
  /** Times come from the server. */
  serverTime: boolean;
  /** A message is one line. */
  singleLine: boolean;
  /** Texts that would do something at the server if they were taken for commands of the protocol. */
  injections: readonly string[];
}

export interface MeetingOptions {
  /** The account goes on when the certificate does not verify. */
  allowUnverified?: boolean | undefined;
  /** Its credentials are not those of the network. */
  wrongPassword?: boolean | undefined;
  /** The plugin's clock is off by so many milliseconds: one of `CLOCK_OFFSETS`. */
  clockOffset?: number | undefined;
}

const TEN_YEARS = 10 * 365 * 86_400_000;
export const CLOCK_OFFSETS = { ahead: TEN_YEARS, behind: -TEN_YEARS } as const;

export interface Meeting extends AsyncDisposable {
  readonly plugin: PluginUnderTest;
  /** What one types to open the room. */
  readonly room: string;
  readonly other: OtherPerson;
}

/** Somebody at the network with a program of another make. */
export interface OtherPerson {
  /** In the room. */
  say(text: string): void;
  /** To the account alone. */
  sayPrivately(text: string): void;
  /** What the account said in the room, in order and as often as it came. */
  heard(): readonly string[];
  /** Connected and in the room again, after the server was away. */
  comeBack(): Promise<void>;
}
