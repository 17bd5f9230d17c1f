import { expect, test } from "bun:test";
import { verdictOf } from "./verdict.ts";

const gain = { savedMs: 5000, waitedMs: 200, hits: 100 };
const loss = { savedMs: 10, waitedMs: 2500, hits: 1 };

test("a job that lost three times in a row steps aside, and tries again now and then", () => {
  expect(verdictOf([loss, loss, loss, gain], 0.5)).toBe("step-aside");
  expect(verdictOf([loss, loss, loss], 0.05)).toBe("use");
});

test("a job that is new, or gained lately, goes on", () => {
  for (const gains of [[], [loss, loss], [gain, loss, loss], [loss, loss, gain]]) {
    expect(verdictOf(gains, 0.99)).toBe("use");
  }
});
