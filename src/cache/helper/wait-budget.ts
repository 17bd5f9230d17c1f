/**
 * How long a run may wait for its server, in sum. Waiting is free while bytes arrive at 1 MB/s or better; everything
 * else is paid from one budget, so that no pattern of faults can cost a build more than that.
 */

/** 1 MB/s. */
const freeBytesPerMs = 1000;

export interface WaitBudget {
  /** Tells how things stand now: whether somebody waits, and how many bytes have come in all. */
  tick(nowMs: number, isWaiting: boolean, bytes: number): void;
  readonly spentMs: number;
  readonly isSpent: boolean;
}

/** `spentMs` is what was waited before, elsewhere in the same run. */
export function createWaitBudget(limitMs: number, startMs: number, spentMs = 0): WaitBudget {
  let lastMs = startMs;
  let lastBytes = 0;
  let spent = spentMs;
  let wasWaiting = false;
  return {
    tick(nowMs, isWaiting, bytes) {
      const earnedMs = (bytes - lastBytes) / freeBytesPerMs;
      if (wasWaiting) spent += Math.max(0, nowMs - lastMs - earnedMs);
      lastMs = nowMs;
      lastBytes = bytes;
      wasWaiting = isWaiting;
    },
    get spentMs() {
      return spent;
    },
    get isSpent() {
      return spent >= limitMs;
    },
  };
}
