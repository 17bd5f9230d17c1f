import { expect, test } from "bun:test";
import fc from "fast-check";
import { createWaitBudget } from "./wait-budget.ts";

test("waiting without bytes is spent in full, and only while somebody waits", () => {
  const budget = createWaitBudget(1000, 0);
  budget.tick(100, true, 0);
  budget.tick(400, false, 0);
  budget.tick(5000, true, 0);
  expect(budget.spentMs).toBe(300);
  budget.tick(5700, true, 0);
  expect(budget.isSpent).toBe(true);
});

test("waiting is free at 1 MB/s", () => {
  const budget = createWaitBudget(1000, 0);
  for (let ms = 0; ms <= 60_000; ms += 50) budget.tick(ms, true, ms * 1000);
  expect(budget.spentMs).toBe(0);
});

test("a server that sends a byte a second costs the limit and no more", () => {
  const budget = createWaitBudget(2500, 0);
  let ms = 0;
  while (!budget.isSpent) budget.tick((ms += 50), true, Math.floor(ms / 1000));
  expect(ms).toBeLessThanOrEqual(2600);
});

test("what was spent never shrinks and never exceeds the time that passed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 300 }), fc.boolean(), fc.nat({ max: 1_000_000 }))), (steps) => {
      const budget = createWaitBudget(1000, 0);
      let [now, bytes, last] = [0, 0, 0];
      for (const [dt, isWaiting, more] of steps) {
        budget.tick((now += dt), isWaiting, (bytes += more));
        expect(budget.spentMs).toBeGreaterThanOrEqual(last);
        expect(budget.spentMs).toBeLessThanOrEqual(now);
        last = budget.spentMs;
      }
    }),
  );
});
