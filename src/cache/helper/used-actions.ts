/** The actions that a run used, each once, in the order of their first use. */
export class UsedActions {
  readonly #seen = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `action` is base64. */
  add(action: string): void {
    if (this.#seen.size < this.#limit) this.#seen.add(action);
  }

  list(): string[] {
    return [...this.#seen];
  }

  /** The ids end to end, 32 bytes each. */
  bytes(): Uint8Array {
    const bytes = Buffer.alloc(this.#seen.size * 32);
    let at = 0;
    for (const action of this.#seen) at += bytes.write(action, at, "base64");
    return bytes;
  }
}
