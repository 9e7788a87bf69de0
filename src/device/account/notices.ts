import type { AccountOp } from "../../sync/account/op.ts";
import { type DeviceStanding, standingOf, type WhyCode } from "../../sync/account/state.ts";
import type { NoticeCode } from "../../sync/content/account.ts";
import { KIND } from "../../sync/content/kinds.ts";
import type { Writer } from "../../sync/core.ts";
import type { Device } from "../../sync/device.ts";
import { DOMAIN } from "../../sync/domains.ts";
import { sameBytes } from "../../sync/encoding/bytes.ts";
import { HomeportError } from "../../sync/errors.ts";
import { Listeners } from "../../sync/listeners.ts";

/** So many forks are told one by one; who has made more is known well enough. */
const MOST_FORKS = 64;

export interface Notice {
  /** Id of the op that it is about, 32 bytes; of a fork of a log, a hash that names it. */
  op: Uint8Array;
  code: NoticeCode;
  /** Key of the device that it is about; null where it is about the account. */
  device: Uint8Array | null;
  /** Milliseconds since 1970, by this device's clock. */
  at: number;
}

/**
 * A5, A6: what the person has to be told of the account. Each device finds it in the ops by itself, so that nobody who
 * changes the account can leave the notice out; one that was seen on one device is settled on all.
 */
export class Notices {
  /** There is one more, or one less. */
  readonly changes = new Listeners<[]>();
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
    this.#look();
    device.accountChanges.add(() => this.#look());
    device.forked.add(() => this.#look());
  }

  /** Those that nobody has seen yet, oldest first. */
  open(): Notice[] {
    return this.#device.sql.all<Notice>(
      `select op, code, device, at from account_notice n
       where not exists (select 1 from account_notice_seen s where s.op = n.op and s.code = n.code) order by at, op`,
    );
  }

  /** Milliseconds since 1970 at which this device learned of the op. */
  learned(op: Uint8Array): number | undefined {
    return this.#device.sql.get<{ at: number }>("select at from account_learned where op = ?", op)?.at;
  }

  /** All of them, or those about one op. Throws `not-found` where there is none. */
  acknowledge(op?: Uint8Array): number {
    const open = this.open().filter((notice) => op === undefined || sameBytes(notice.op, op));
    if (op !== undefined && open.length === 0)
      throw new HomeportError("not-found", "There is no such notice; `homeport account show` lists them.");
    const own = this.#device.ownLog.row;
    if (open.length > 0)
      this.#device.transact((writer) => open.forEach(({ op: about, code }) => writer.append(own, KIND.noticeSeen, { op: about, code })));
    this.changes.tell();
    return open.length;
  }

  /** What only this device can know. There is one at a time about a device; `id` names a new one, 32 bytes. */
  raise(code: NoticeCode, device: Uint8Array, id: () => Uint8Array): void {
    if (this.#has(code, device)) return;
    this.#device.transact((writer) => put(writer, id(), code, device));
    this.#tell();
  }

  /** It is not true any more. */
  withdraw(code: NoticeCode, device: Uint8Array): void {
    if (!this.#has(code, device)) return;
    this.#device.transact((writer) => writer.sql.run("delete from account_notice where code = ? and device = ?", code, device));
    this.#tell();
  }

  #has(code: NoticeCode, device: Uint8Array): boolean {
    return this.#device.sql.get("select 1 from account_notice where code = ? and device = ?", code, device) !== undefined;
  }

  #tell(): void {
    this.changes.tell();
    this.#device.changes.tell();
  }

  #look(): void {
    const added = this.#device.transact((writer) => {
      const isFirst = writer.sql.get<{ yes: number }>("select 1 as yes from account_learned limit 1") === undefined;
      const fresh = this.#device.ops.operations().filter((op) => learn(writer, op));
      // What a new device finds there is no news.
      const news = isFirst ? [] : fresh.flatMap((op) => noticeOf(op));
      const found = [...news, ...[...writer.account.devices.values()].flatMap(noticeOfStanding), ...this.#contested(), ...this.#forks()];
      return found.filter(({ op, code, device }) => put(writer, op, code, device)).length;
    });
    if (added === 0) return;
    this.#device.log("warn", "there is a notice about the account; see `homeport account show`", { notices: added });
    this.#tell();
  }

  /** B5: one for each incarnation that parted in two; the same on all devices. */
  #forks(): Omit<Notice, "at">[] {
    const { crypto, forks } = this.#device;
    return forks.all(MOST_FORKS).flatMap(({ device, incarnation }) => {
      const isOfAccount = standingOf(this.#device.account, device) !== undefined;
      return isOfAccount ? [{ op: crypto.hash(DOMAIN.forkNotice, device, incarnation), code: "log-forked", device }] : [];
    });
  }

  #contested(): Omit<Notice, "at">[] {
    const { contested, op } = this.#device.account.recovery;
    return contested ? [{ op, code: "recovery-contested", device: null }] : [];
  }
}

const OF_STANDING: Partial<Record<WhyCode, NoticeCode>> = { forked: "forked", disputed: "disputed" };

function noticeOfStanding({ key, why }: DeviceStanding): Omit<Notice, "at">[] {
  const code = OF_STANDING[why.code];
  return code === undefined ? [] : [{ op: why.op, code, device: key }];
}

function noticeOf({ id, body }: AccountOp): Omit<Notice, "at">[] {
  if (body.type === "recover") return [{ op: id, code: "recovered", device: null }];
  return body.type === "set-recovery" ? [{ op: id, code: "recovery-changed", device: null }] : [];
}

function learn(writer: Writer, { id }: AccountOp): boolean {
  return writer.sql.run("insert or ignore into account_learned (op, at) values (?, ?)", id, writer.now()).changes > 0;
}

function put(writer: Writer, op: Uint8Array, code: NoticeCode, device: Uint8Array | null): boolean {
  const { changes } = writer.sql.run(
    "insert or ignore into account_notice (op, code, device, at) values (?, ?, ?, ?)",
    ...[op, code, device, writer.now()],
  );
  return changes > 0;
}
