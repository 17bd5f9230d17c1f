/**
 * Frees what streams left behind once the last of them has ended. The collector sees the small objects of a stream, not
 * the memory behind them, and takes its time: a second wave of 64 streams began on top of what the first had left.
 */

/** The next run of a busy farm begins sooner than that; then nothing is collected. */
const idleMs = 500;

export interface IdleCollection {
  opened(): void;
  closed(): void;
}

export function createIdleCollection(): IdleCollection {
  let open = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    opened() {
      open += 1;
      clearTimeout(timer);
    },
    closed() {
      open -= 1;
      if (open > 0) return;
      timer = setTimeout(() => Bun.gc(true), idleMs);
      timer.unref();
    },
  };
}
