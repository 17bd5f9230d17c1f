import { expect, test } from "bun:test";

import { createManualClock, systemClock } from "./clock.ts";

function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

test("a manual clock wakes its sleepers in the order of their times", async () => {
  const clock = createManualClock(1000);
  const woken: [string, number][] = [];
  const sleeps = [30, 10, 20].map((durationMs) =>
    clock.sleep(durationMs).then(() => woken.push([`${durationMs}`, clock.monotonicMs()])),
  );
  clock.advance(9);
  await Promise.resolve();
  expect(woken).toEqual([]);
  clock.advance(11);
  await Promise.all([sleeps[1], sleeps[2]]);
  expect(woken.map(([name]) => name)).toEqual(["10", "20"]);
  expect(clock.sleepers()).toBe(1);
  clock.advance(100);
  await Promise.all(sleeps);
  expect(clock.nowMs()).toBe(1120);
});

test("an abort ends a sleep with the signal's reason and leaves no sleeper", async () => {
  const clock = createManualClock();
  const controller = new AbortController();
  const sleep = clock.sleep(1000, controller.signal);
  controller.abort(new Error("enough"));
  expect(await rejectionOf(sleep)).toEqual(new Error("enough"));
  expect(clock.sleepers()).toBe(0);
  expect(await rejectionOf(clock.sleep(1, controller.signal))).toEqual(new Error("enough"));
  expect(await rejectionOf(clock.sleep(1, AbortSignal.abort("text")))).toEqual(new Error("aborted: text"));
});

test("the system clock sleeps at least as long as asked, and can be aborted", async () => {
  const startedMs = systemClock.monotonicMs();
  await systemClock.sleep(20);
  expect(systemClock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(19);
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1000);
  const sleep = systemClock.sleep(60_000, AbortSignal.timeout(5));
  expect(await rejectionOf(sleep)).toBeInstanceOf(Error);
});
