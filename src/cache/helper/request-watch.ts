/** One request's patience: it is given up when nothing comes for a while, or when the run leaves its server. */

/** A request without a byte of progress for this long is given up. */
const stallLimitMs = 2000;

export class RequestWatch {
  readonly #controller = new AbortController();
  #timer = this.#start();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  /** The request is over. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  abort(): void {
    this.#controller.abort();
  }

  #start(): Timer {
    return setTimeout(() => this.#controller.abort(), stallLimitMs);
  }
}
