import { toHex } from "../../src/sync/encoding/bytes.ts";
import type { Sayings } from "./sayings.ts";
import type { SimDevice } from "./sim-device.ts";
import type { Witness } from "./witness.ts";

/** What has to be true of all devices in the end. */
export class Agreement {
  readonly #witness: Witness;

  readonly #sayings: Sayings;

  constructor(witness: Witness, sayings: Sayings) {
    this.#witness = witness;
    this.#sayings = sayings;
  }

  /** All hold the same, and nothing waits. */
  isQuiet(devices: readonly SimDevice[]): boolean {
    if (devices.some((device) => !device.running || device.sql.dead || waiting(device) > 0)) return false;
    const isSame = new Set(devices.map((device) => vectorText(device))).size === 1 && new Set(devices.map(accountText)).size === 1;
    return isSame && !devices.some((device) => this.#hasFleeting(device));
  }

  violations(devices: readonly SimDevice[], shutOut: SimDevice | undefined): string[] {
    const wrong: string[] = [];
    if (shutOut && devices.some((device) => device.device.isAdmitted(shutOut.key)))
      wrong.push(`${shutOut.name} is not shut out everywhere`);
    const [first] = devices as [SimDevice];
    // What a revoked device wrote behind its cut is not passed on (C2).
    const isCut = (place: string) => shutOut !== undefined && place.split("/")[1] === toHex(shutOut.key).slice(0, 8);
    // E3: of a conversation that was emptied, devices that come later get only where its feeds end.
    const emptied = new Set([...this.#sayings.emptied].map((id) => id.slice(0, 8)));
    const isCollapsed = (place: string) => emptied.has(place.split("/")[0] as string);
    const everything = new Set(
      devices.flatMap((device) => [...this.#witness.heldBy(device)].filter((place) => !isCut(place) && !isCollapsed(place))),
    );
    for (const device of devices) {
      wrong.push(...this.#differences(device, first, shutOut === undefined));
      // What was deleted leaves a line without a text.
      const seen = device.texts().filter((text) => text !== "undefined");
      if (new Set(seen).size !== seen.length) wrong.push(`${device.name} shows something twice`);
      const shown = new Set(seen);
      for (const [text, conversation] of device.committed)
        if (!shown.has(text) && this.#sayings.isMissed(text, conversation)) wrong.push(`${device.name} lost ${text}`);
      for (const place of everything) if (!this.#witness.heldBy(device).has(place)) wrong.push(`${device.name} never got ${place}`);
      wrong.push(...soundness(device));
      if (this.#hasFleeting(device)) wrong.push(`${device.name} still shows what had to go by itself`);
    }
    return wrong.slice(0, 10);
  }

  #hasFleeting(device: SimDevice): boolean {
    return this.#sayings.fleeting.size > 0 && device.texts().some((text) => this.#sayings.fleeting.has(text));
  }

  /**
   * `chats`: whether they have to agree in what was said of conversations, too. Where a device was shut out they need not yet: of a
   * read marker, pin or draft of it that turns out to lie behind its cut, what it had replaced does not come back.
   */
  #differences(a: SimDevice, b: SimDevice, chats: boolean): string[] {
    const wrong: string[] = [];
    if (accountText(a) !== accountText(b)) wrong.push(`${a.name} and ${b.name} resolve the account differently`);
    const [left, right] = [this.#viewText(a), this.#viewText(b)];
    if (left !== right) wrong.push(`${a.name} and ${b.name} do not agree\n${difference(left, right)}`);
    const [known, other] = [a, b].map((device) => device.states((body, at) => this.#sayings.mayDiffer(body, at), chats).join("\n")) as [
      string,
      string,
    ];
    if (known !== other) wrong.push(`${a.name} and ${b.name} differ in what was said of messages\n${difference(known, other)}`);
    if (vectorText(a) !== vectorText(b)) wrong.push(`${a.name} and ${b.name} do not hold the same`);
    return wrong;
  }

  #viewText(device: SimDevice): string {
    return [...device.view()]
      .map(([conversation, lines]) => [conversation.slice(0, 8), lines] as const)
      .map(([conversation, lines]) => [conversation, lines.filter((line) => !this.#sayings.mayDiffer(bodyOf(line), conversation))] as const)
      .filter(([, lines]) => lines.length > 0)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([conversation, lines]) => [conversation, ...lines].join("\n"))
      .join("\n");
  }
}

function soundness(device: SimDevice): string[] {
  const count = (sql: string) => device.sql.get<{ n: number }>(sql)?.n ?? 0;
  const repeated = count("select count(*) as n from witness where times > 1");
  const frozen = count("select count(*) as n from feed where frozen_at is not null");
  const waits = waiting(device);
  return [
    ...(repeated > 0 ? [`${device.name} handed ${repeated} entries on more than once`] : []),
    ...(frozen > 0 ? [`${device.name} froze ${frozen} feeds of honest devices`] : []),
    ...(waits > 0 ? [`${device.name} has ${waits} feeds that wait`] : []),
  ];
}

/** Feeds of which something waits for a parent or for its time. What a revoked device wrote behind its cut waits for ever (C2). */
function waiting({ sql, device }: SimDevice): number {
  const feeds = sql.all<{ device: Uint8Array }>("select device from feed where integrated < head_seq");
  return feeds.filter((feed) => device.isAdmitted(feed.device)).length;
}

function accountText(device: SimDevice): string {
  const { head, devices } = device.device.account;
  return [toHex(head), ...[...devices.values()].map(({ key, state }) => `${toHex(key).slice(0, 8)} ${state}`).sort()].join("\n");
}

/** What is held of everyone's feeds but a revoked device's. */
function vectorText({ device }: SimDevice): string {
  const positions = device.conversations().flatMap(({ row, id }) => device.vector(row).map((position) => ({ ...position, id })));
  const counting = positions.filter((position) => device.isAdmitted(position.device));
  return counting
    .map((position) => [toHex(position.id), toHex(position.device), toHex(position.incarnation), position.seq].join("/"))
    .sort()
    .join("\n");
}

/** Of a line of `view`. */
function bodyOf(line: string): string | undefined {
  const text = line.slice(9);
  return text === "undefined" ? undefined : text;
}

function difference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const at = left.findIndex((line, i) => line !== right[i]);
  return `at line ${at} of ${left.length}/${right.length}: ${left[at]} / ${right[at]}`;
}
