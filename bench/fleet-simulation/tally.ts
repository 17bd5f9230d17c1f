/** What a simulated day is summed up in: amounts by the minute, and times of which quantiles are wanted. */

const minuteMs = 60_000;

/** Amounts that fall on minutes. */
export class MinuteTally {
  readonly #amounts: number[] = [];
  total = 0;

  add(atMs: number, amount: number): void {
    const minute = Math.floor(atMs / minuteMs);
    this.#amounts[minute] = (this.#amounts[minute] ?? 0) + amount;
    this.total += amount;
  }

  /** An amount that came evenly between two times. */
  spread(fromMs: number, toMs: number, amount: number): void {
    for (let atMs = fromMs; atMs < toMs;) {
      const endMs = Math.min(toMs, (Math.floor(atMs / minuteMs) + 1) * minuteMs);
      this.add(atMs, (amount * (endMs - atMs)) / (toMs - fromMs));
      atMs = endMs;
    }
  }

  /** The largest amount of any minute, by the millisecond. */
  get peakPerMs(): number {
    return this.#amounts.reduce((most, amount) => Math.max(most, amount ?? 0), 0) / minuteMs;
  }
}

/** Times by their logarithm, one class for each 2 %: a day has millions of them. */
export class TimeTally {
  readonly #classes: number[] = [];
  count = 0;
  totalMs = 0;

  add(timeMs: number): void {
    this.count += 1;
    this.totalMs += timeMs;
    const at = timeMs <= floorMs ? 0 : 1 + Math.floor(Math.log(timeMs / floorMs) / classWidth);
    this.#classes[at] = (this.#classes[at] ?? 0) + 1;
  }

  get meanMs(): number {
    return this.count === 0 ? 0 : this.totalMs / this.count;
  }

  /** The upper end of the class in which the quantile lies; 0 when there is nothing. */
  quantileMs(share: number): number {
    let left = share * this.count;
    for (const [at, count = 0] of this.#classes.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return floorMs * Math.exp(at * classWidth);
    }
    return 0;
  }
}

const floorMs = 0.01;
const classWidth = Math.log(1.02);
