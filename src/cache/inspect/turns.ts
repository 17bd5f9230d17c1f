/** Long work on the file system in one thread, which would otherwise never see Ctrl-C. */

const turnMs = 20;

export interface Turns {
  /** To be called for each item: now and then lets the event loop run. Throws the signal's reason once it is aborted. */
  rest(): Promise<void>;
}

export function createTurns(signal: AbortSignal): Turns {
  let startedMs = performance.now();
  return {
    async rest() {
      if (performance.now() - startedMs < turnMs) return;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      startedMs = performance.now();
    },
  };
}
