import type { ConvRecord } from "./conversation-table.ts";

/** What the person is opening right now, by account. In memory: after a crash nobody waits for it any more. */
export class Openings {
  readonly #targets = new Map<number, string[]>();
  /** Told of since the opening began, so perhaps what is being opened. */
  readonly #introduced = new Map<number, Set<string>>();

  async during<T>(account: number, target: string, run: () => Promise<T>): Promise<T> {
    const targets = this.#targets.get(account) ?? [];
    this.#targets.set(account, targets);
    targets.push(target.toLowerCase());
    try {
      return await run();
    } finally {
      targets.splice(targets.indexOf(target.toLowerCase()), 1);
      if (targets.length === 0) this.#introduced.delete(account);
    }
  }

  introduced(account: number, conv: string): void {
    if (this.isIdle(account)) return;
    const convs = this.#introduced.get(account) ?? new Set();
    this.#introduced.set(account, convs.add(conv));
  }

  of(account: number, conv: string, record: ConvRecord | undefined): "this" | "some" | undefined {
    const targets = this.#targets.get(account);
    if (!targets || targets.length === 0) return undefined;
    if (this.#introduced.get(account)?.has(conv)) return "this";
    return targets.includes(conv.toLowerCase()) || (record && targets.includes(record.name.toLowerCase())) ? "this" : "some";
  }

  isIdle(account: number): boolean {
    return (this.#targets.get(account)?.length ?? 0) === 0;
  }
}
