/** One direction of a connection through the relay: bytes come out as late as they would from afar. */

/** Where bytes come out: like a socket, it takes as many as it can and says how many. */
export interface Sink {
  write(bytes: Uint8Array): number;
  end(): void;
}

/** Shared by all connections in one direction: bytes queue for a link of a certain speed. */
export interface LinkSpeed {
  /** When the last of `bytes` has left, if they come to the link at `nowMs`. */
  leaveMs(nowMs: number, bytes: number): number;
}

export function createLinkSpeed(bytesPerSecond: number | undefined): LinkSpeed {
  let freeMs = 0;
  return {
    leaveMs(nowMs, bytes) {
      if (bytesPerSecond === undefined) return nowMs;
      freeMs = Math.max(nowMs, freeMs) + (bytes / bytesPerSecond) * 1000;
      return freeMs;
    },
  };
}

interface Delayed {
  readonly dueMs: number;
  /** Absent: the end of the direction. */
  readonly bytes: Uint8Array | undefined;
}

/** More than this under way, and the sender is told to wait: memory, not a model of TCP's windows. */
const lineBytesMax = 8 * 1024 * 1024;

/** Timers here count whole milliseconds; what is due within half of one goes now, so that the mean error is near 0. */
const toleranceMs = 0.5;

export class DelayedLine {
  readonly #sink: Sink;
  readonly #onRoom: () => void;
  #queue: Delayed[] = [];
  #queuedBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The sink took less than it was given; it will say when it takes more. */
  #isBlocked = false;

  /** `onRoom` is called when a full line has room again. */
  constructor(sink: Sink, onRoom: () => void) {
    this.#sink = sink;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#queuedBytes > lineBytesMax;
  }

  /** Lets `bytes` come out at `dueMs`, or after what was pushed before if that is later. */
  push(bytes: Uint8Array, dueMs: number): void {
    this.#queuedBytes += bytes.length;
    this.#add({ dueMs, bytes });
  }

  pushEnd(dueMs: number): void {
    this.#add({ dueMs, bytes: undefined });
  }

  /** The sink takes bytes again. */
  unblock(): void {
    this.#isBlocked = false;
    this.#deliver();
  }

  /** Nothing comes out any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#isBlocked = true;
  }

  #add(delayed: Delayed): void {
    this.#queue.push(delayed);
    if (this.#queue.length === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#isBlocked) return;
    clearTimeout(this.#timer);
    // Bun cuts the fraction off. What is not due yet when the timer fires waits once more.
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, Math.round(first.dueMs - performance.now())));
  }

  #deliver(): void {
    const wasFull = this.isFull;
    const isDue = (first: Delayed | undefined): boolean =>
      first !== undefined && first.dueMs <= performance.now() + toleranceMs;
    while (!this.#isBlocked && isDue(this.#queue[0])) this.#deliverFirst();
    this.#wait();
    if (wasFull && !this.isFull) this.#onRoom();
  }

  #deliverFirst(): void {
    const first = this.#queue.shift() as Delayed;
    if (first.bytes === undefined) return this.#sink.end();
    const taken = this.#sink.write(first.bytes);
    this.#queuedBytes -= taken;
    if (taken === first.bytes.length) return;
    this.#queue.unshift({ dueMs: first.dueMs, bytes: first.bytes.subarray(taken) });
    this.#isBlocked = true;
  }
}
