/** Waiting for work, for some time, or for the end; whichever comes first. */
export interface Waking {
  /** Ends the waiting that is under way, or the next one. */
  wake(): void;
  /** Resolves after `durationMs` at the latest; without it only `wake` and the end do. */
  wait(durationMs?: number): Promise<void>;
}

/** @param signal the end; without one nothing but `wake` and the time end a wait */
export function createWaking(signal?: AbortSignal): Waking {
  let isAwake = signal?.aborted === true;
  let end: (() => void) | undefined;
  function wake(): void {
    isAwake = true;
    end?.();
  }
  signal?.addEventListener("abort", wake, { once: true });
  return {
    wake,
    async wait(durationMs) {
      if (!isAwake && signal?.aborted !== true) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = durationMs === undefined ? undefined : setTimeout(resolve, durationMs);
        end = resolve;
        await promise;
        clearTimeout(timer);
        end = undefined;
      }
      isAwake = false;
    },
  };
}

/** Waits that grow while something fails, each shortened at random so that nodes do not come back all at once. */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, mostMs: number): Backoff {
  let waitMs = firstMs;
  return {
    nextMs() {
      const next = waitMs * (0.5 + Math.random() / 2);
      waitMs = Math.min(waitMs * 2, mostMs);
      return next;
    },
    reset() {
      waitMs = firstMs;
    },
  };
}
