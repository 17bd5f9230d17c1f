import { expect, test } from "bun:test";
import { isWorthWaiting, StreamPace } from "./stream-pace.ts";

test("the pace tells when an entry will be here", () => {
  const pace = new StreamPace();
  pace.received(0, 1000);
  pace.received(1_000_000, 2000);
  expect(pace.msUntil(3_000_000, 2000)).toBe(2000);
  expect(pace.msUntil(500_000, 2000)).toBe(0);
});

test("a stream that has hardly begun tells nothing", () => {
  const pace = new StreamPace();
  expect(pace.msUntil(1e9, 5)).toBe(0);
  pace.received(1000, 0);
  expect(pace.msUntil(1e9, 60_000)).toBe(0);
});

test("what is cheap to make is made when the link is slow", () => {
  expect(isWorthWaiting(50, 2000)).toBe(false);
  expect(isWorthWaiting(5000, 2000)).toBe(true);
  expect(isWorthWaiting(50, 200)).toBe(true);
  expect(isWorthWaiting(0, 60_000)).toBe(true);
});
