import { describe, expect, test } from "bun:test";
import { property, array, double, assert } from "fast-check";
import { pairRatios, summarize } from "./statistics.ts";

const positive = double({ min: 0.001, max: 1e9, noNaN: true });

describe("summarize", () => {
  test("the median of an odd and of an even count", () => {
    expect(summarize([3, 1, 2])).toEqual({ count: 3, median: 2, min: 1, max: 3 });
    expect(summarize([4, 1, 3, 2])).toEqual({ count: 4, median: 2.5, min: 1, max: 4 });
    expect(summarize([7])).toEqual({ count: 1, median: 7, min: 7, max: 7 });
  });

  test("numbers are ordered as numbers, and the series is left as it was", () => {
    const values = [10, 9, 100];
    expect(summarize(values).median).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });

  test("as many values lie above the median as below it, whatever their order", () => {
    assert(
      property(array(positive, { minLength: 1 }), (values) => {
        const { median, min, max } = summarize(values);
        expect(values.filter((value) => value < median).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > median).length).toBeLessThanOrEqual(values.length / 2);
        expect(min).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(max);
        expect(summarize(values.toReversed()).median).toBe(median);
      }),
    );
  });

  test("nothing has no median", () => {
    expect(() => summarize([])).toThrow("no values");
  });
});

describe("pairRatios", () => {
  test("goes round by round: a slow minute of the machine does not show", () => {
    expect(pairRatios([2, 20, 2], [1, 10, 1])).toEqual([2, 2, 2]);
  });

  test("a series against itself is 1 everywhere", () => {
    assert(
      property(array(positive), (values) => {
        expect(pairRatios(values, values)).toEqual(values.map(() => 1));
      }),
    );
  });

  test("refuses series that are not pairs", () => {
    expect(() => pairRatios([1, 2], [1])).toThrow("2 values against 1");
  });
});
