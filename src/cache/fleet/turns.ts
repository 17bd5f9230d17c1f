/** At most so many at once; the others wait in the order in which they came. */
export interface Turns {
  take<Result>(work: () => Promise<Result>): Promise<Result>;
  readonly waiting: number;
}

export function createTurns(atOnce: number): Turns {
  let free = atOnce;
  const queue: (() => void)[] = [];
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
    get waiting() {
      return queue.length;
    },
  };
}
