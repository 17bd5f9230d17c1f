/** While something fails, nobody waits for it: it is left alone for a time that grows with each failure. */
export interface Pause {
  isOn(): boolean;
  /** Throws again what it began with, while it is on. */
  refuse(): void;
  begin(cause: unknown): void;
  /** It works again. */
  end(): void;
}

const pauseMs = { first: 500, most: 15_000 } as const;

export function createPause(monotonicMs: () => number): Pause {
  let untilMs = 0;
  let nextMs: number = pauseMs.first;
  let reason: unknown;
  const isOn = (): boolean => monotonicMs() < untilMs;
  return {
    isOn,
    refuse() {
      if (isOn()) throw reason;
    },
    begin(cause) {
      // Of many that fail at once the first one counts.
      if (isOn()) return;
      reason = cause;
      untilMs = monotonicMs() + nextMs;
      nextMs = Math.min(nextMs * 2, pauseMs.most);
    },
    end() {
      nextMs = pauseMs.first;
    },
  };
}
