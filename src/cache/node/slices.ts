/** Long work beside the service: some milliseconds at a time. */

const sliceMs = 4;

export interface Slices {
  /** Lets everything that waits run, if this slice has lasted long enough. */
  rest(): Promise<void>;
}

export function createSlices(): Slices {
  let startedMs = performance.now();
  return {
    async rest() {
      if (performance.now() - startedMs < sliceMs) return;
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      startedMs = performance.now();
    },
  };
}
