import { expect, test } from "bun:test";
import { verdictOf } from "./verdict.ts";

const gain = { savedMs: 5000, waitedMs: 200, offeredMs: 6000, hits: 100 };
const loss = { savedMs: 10, waitedMs: 2500, offeredMs: 6000, hits: 1 };

test("a job that lost three times in a row steps aside, and tries again now and then", () => {
  expect(verdictOf([loss, loss, loss, gain], 6000, 0.5)).toBe("step-aside");
  expect(verdictOf([loss, loss, loss], 6000, 0.05)).toBe("use");
});

test("a job that is new, or gained lately, goes on", () => {
  for (const gains of [[], [loss, loss], [gain, loss, loss], [loss, loss, gain]]) {
    expect(verdictOf(gains, 6000, 0.99)).toBe("use");
  }
});

test("what a runner lost that had nearly everything says nothing of a new one", () => {
  const warm = { savedMs: 0, waitedMs: 30, offeredMs: 5, hits: 0 };
  expect(verdictOf([warm, warm, warm], 20_000, 0.99)).toBe("use");
  expect(verdictOf([warm, warm, warm], 5, 0.99)).toBe("step-aside");
  expect(verdictOf([loss, warm, loss], 6000, 0.99)).toBe("use");
});
