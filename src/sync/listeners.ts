/** A list of callbacks of one kind. A callback that throws is the caller's bug and is not caught here. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #callbacks = new Set<(...args: Args) => void>();

  /** The returned function removes it. */
  add(callback: (...args: Args) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  tell(...args: Args): void {
    for (const callback of [...this.#callbacks]) callback(...args);
  }
}
