/**
 * Vector clocks: for each thread how much of its past is known. Written as plain arrays; a missing element is 0.
 * `before(epoch, clock)` is the happens-before relation of Go's memory model as the machine has built it.
 */

export type Clock = number[];

/** One moment of one thread. */
export interface Epoch {
  readonly thread: number;
  readonly time: number;
}

/** Makes `clock` know whatever `other` knows. */
export function join(clock: Clock, other: readonly number[]): void {
  for (let thread = 0; thread < other.length; thread++) {
    const time = other[thread] ?? 0;
    if (time > (clock[thread] ?? 0)) clock[thread] = time;
    else clock[thread] ??= 0;
  }
}

/** Whether the moment lies in the past that `clock` knows. */
export function before(epoch: Epoch, clock: readonly number[]): boolean {
  return epoch.time <= (clock[epoch.thread] ?? 0);
}

/** The thread's own time goes on: what it does from now on is not known to those who joined before. */
export function tick(clock: Clock, thread: number): void {
  clock[thread] = (clock[thread] ?? 0) + 1;
}
