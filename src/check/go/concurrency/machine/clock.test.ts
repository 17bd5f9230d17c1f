import { expect, test } from "bun:test";
import fc from "fast-check";
import { before, type Clock, join, tick } from "./clock.ts";

const clocks = fc.array(fc.nat({ max: 9 }), { maxLength: 5 });

function joined(left: readonly number[], right: readonly number[]): Clock {
  const clock = [...left];
  join(clock, right);
  return clock;
}

const padded = (clock: readonly number[]): number[] => Array.from({ length: 5 }, (_, thread) => clock[thread] ?? 0);

test("joining is commutative, associative and idempotent", () => {
  fc.assert(
    fc.property(clocks, clocks, clocks, (a, b, c) => {
      expect(padded(joined(a, b))).toEqual(padded(joined(b, a)));
      expect(padded(joined(joined(a, b), c))).toEqual(padded(joined(a, joined(b, c))));
      expect(padded(joined(a, a))).toEqual(padded(a));
    }),
  );
});

test("after a join, exactly what either knew is past", () => {
  fc.assert(
    fc.property(clocks, clocks, fc.nat({ max: 4 }), fc.integer({ min: 1, max: 9 }), (a, b, thread, time) => {
      const epoch = { thread, time };
      expect(before(epoch, joined(a, b))).toBe(before(epoch, a) || before(epoch, b));
    }),
  );
});

test("what a thread does after another joined it is unknown to that other", () => {
  const writer: Clock = [1];
  const reader: Clock = [0, 1];
  join(reader, writer);
  tick(writer, 0);
  expect(before({ thread: 0, time: 1 }, reader)).toBe(true);
  expect(before({ thread: 0, time: 2 }, reader)).toBe(false);
});
