import type { ConvRecord } from "./conversation-table.ts";

/** What the person is opening right now, by account. In memory: after a crash nobody waits for it any more. */
export class Openings {
  readonly #targets = new Map<number, string[]>();

  async during<T>(account: number, target: string, run: () => Promise<T>): Promise<T> {
    const targets = this.#targets.get(account) ?? [];
    this.#targets.set(account, targets);
    targets.push(target.toLowerCase());
    try {
      return await run();
    } finally {
      targets.splice(targets.indexOf(target.toLowerCase()), 1);
    }
  }

  of(account: number, conv: string, record: ConvRecord | undefined): "this" | "some" | undefined {
    const targets = this.#targets.get(account);
    if (!targets || targets.length === 0) return undefined;
    return targets.includes(conv.toLowerCase()) || (record && targets.includes(record.name.toLowerCase())) ? "this" : "some";
  }

  isIdle(account: number): boolean {
    return (this.#targets.get(account)?.length ?? 0) === 0;
  }
}
