/** Time, handed in so that tests can turn it by hand. */
export interface Clock {
  /** Wall-clock time since 1970 in milliseconds; may jump. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, with fractions; never goes back. For durations and deadlines. */
  monotonicMs(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted before. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    sleepBy(signal, (wake) => {
      const timer = setTimeout(wake, durationMs);
      return () => clearTimeout(timer);
    }),
};

/** A clock that moves only when `advance` is called. */
export interface ManualClock extends Clock {
  /** Moves both times forward and wakes the sleepers whose time has come, in order. */
  advance(durationMs: number): void;
  /** How many sleeps have not ended. */
  sleepers(): number;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** `startMs` is the wall-clock time at the start; the monotonic time starts at 0. */
export function createManualClock(startMs = 0): ManualClock {
  let elapsedMs = 0;
  const sleeping = new Set<Sleeper>();
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleepers: () => sleeping.size,
    sleep: (durationMs, signal) =>
      sleepBy(signal, (wake) => {
        const sleeper = { wakeAtMs: elapsedMs + durationMs, wake };
        sleeping.add(sleeper);
        return () => sleeping.delete(sleeper);
      }),
    advance: (durationMs) => {
      const targetMs = elapsedMs + durationMs;
      for (let next = earliest(sleeping, targetMs); next !== undefined; next = earliest(sleeping, targetMs)) {
        elapsedMs = Math.max(elapsedMs, next.wakeAtMs);
        sleeping.delete(next);
        next.wake();
      }
      elapsedMs = targetMs;
    },
  };
}

function earliest(sleeping: ReadonlySet<Sleeper>, targetMs: number): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleeping) {
    if (sleeper.wakeAtMs <= targetMs && (first === undefined || sleeper.wakeAtMs < first.wakeAtMs)) first = sleeper;
  }
  return first;
}

/** `start` arranges for `wake` to be called and returns how to call that off. */
function sleepBy(signal: AbortSignal | undefined, start: (wake: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    const abort = (): void => {
      cancel();
      reject(reasonOf(signal));
    };
    const cancel = start(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What the signal was aborted with; whoever aborts with something that is no error gets it wrapped. */
function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(`aborted: ${String(reason)}`);
}
