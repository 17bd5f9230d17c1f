/**
 * Something that all who use it share evenly: a network card, a disk, a thread that turns from one answer to the next.
 * None gets more than `shareMax`, what one client can take.
 *
 * All users get the same at any time, so one number tells what each has got since it came (the level): a user that wants
 * `work` more is done when the level has risen by that. A heap of these ends costs a logarithm, however many users there are.
 */

import { createHeap } from "./heap.ts";
import { MinuteTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

export interface SharedResource {
  /** @param then called when the work is done; never when the resource was emptied before */
  use(work: number, then: () => void): void;
  /** Everybody is thrown out. */
  empty(): void;
  readonly users: number;
  readonly usersMost: number;
  /** Work done, by the minute. */
  readonly done: MinuteTally;
  /** Work a millisecond. */
  readonly capacity: number;
}

export interface ResourceOptions {
  readonly capacity: number;
  /** Work a millisecond for one user. */
  readonly shareMax: number;
}

interface User {
  readonly untilLevel: number;
  readonly told: () => void;
}

export function createSharedResource(timeline: Timeline, { capacity, shareMax }: ResourceOptions): SharedResource {
  const done = new MinuteTally();
  const users = createHeap<User>((one, other) => one.untilLevel < other.untilLevel);
  let usersMost = 0;
  let level = 0;
  let levelAtMs = 0;
  /** The waking that is planned; an earlier one is void. */
  let wakeAtMs = Infinity;

  const rate = (): number => Math.min(shareMax, capacity / users.size);

  function advance(): void {
    const { nowMs } = timeline;
    if (users.size === 0) level = 0;
    else if (nowMs > levelAtMs) {
      const gained = (nowMs - levelAtMs) * rate();
      level += gained;
      done.spread(levelAtMs, nowMs, gained * users.size);
    }
    levelAtMs = nowMs;
  }

  /** Whoever comes slows the first one down: a waking that is too early plans the next, so that most comings need none. */
  function wakeForFirst(): void {
    const { first } = users;
    if (first === undefined) return void (wakeAtMs = Infinity);
    const leftMs = Math.max(0, (first.untilLevel - level) / rate());
    const dueMs = timeline.nowMs + leftMs;
    if (wakeAtMs <= dueMs) return;
    wakeAtMs = dueMs;
    timeline.after(leftMs, () => {
      if (wakeAtMs === dueMs) wake();
    });
  }

  function wake(): void {
    wakeAtMs = Infinity;
    advance();
    const { first } = users;
    if (first === undefined) return;
    if ((first.untilLevel - level) / rate() > roundingMs) return wakeForFirst();
    users.pop();
    wakeForFirst();
    first.told();
  }

  return {
    done,
    capacity,
    get users() {
      return users.size;
    },
    get usersMost() {
      return usersMost;
    },
    use(work, then) {
      advance();
      users.push({ untilLevel: level + work, told: then });
      usersMost = Math.max(usersMost, users.size);
      wakeForFirst();
    },
    empty() {
      advance();
      users.clear();
      wakeForFirst();
    },
  };
}

/** What is left of a user's work by rounding alone. */
const roundingMs = 1e-6;
