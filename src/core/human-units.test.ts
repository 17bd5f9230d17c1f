import { expect, test } from "bun:test";
import fc from "fast-check";

import {
  exactDuration,
  exactSize,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  parseDuration,
  parseSize,
} from "./human-units.ts";

test("durations need a unit and may have several parts", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["500ms", 500],
    ["2s", 2000],
    ["1.5h", 5_400_000],
    ["1m30s", 90_000],
    ["5d", 432_000_000],
    ["0", 0],
    ["10", undefined],
    ["s", undefined],
    ["-1s", undefined],
    ["1 s", undefined],
    ["1S", undefined],
    ["", undefined],
    ["99999999999999d", undefined],
  ];
  for (const [text, durationMs] of cases) expect([text, parseDuration(text)]).toEqual([text, durationMs]);
});

test("sizes know decimal and binary units, and refuse the unclear ones", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["512MB", 512_000_000],
    ["10GiB", 10 * 1024 ** 3],
    ["4096", 4096],
    ["1.5 kB", 1500],
    ["1tib", 1024 ** 4],
    ["10G", undefined],
    ["-1MB", undefined],
    ["MB", undefined],
    ["1e9", undefined],
    ["9999999TB", undefined],
  ];
  for (const [text, sizeBytes] of cases) expect([text, parseSize(text)]).toEqual([text, sizeBytes]);
});

test("the exact texts read back to the same number", () => {
  fc.assert(fc.property(fc.nat(2 ** 40), (value) => parseDuration(exactDuration(value)) === value));
  fc.assert(fc.property(fc.nat(2 ** 45), (value) => parseSize(exactSize(value)) === value));
  expect([exactDuration(600_000), exactDuration(2500), exactDuration(0)]).toEqual(["10m", "2500ms", "0ms"]);
  expect([exactSize(10 * 1024 ** 3), exactSize(512e6), exactSize(100)]).toEqual(["10GiB", "512MB", "100B"]);
});

test("durations for reading have three digits at most and never a 60", () => {
  const shown = [
    0, 0.42, 9.996, 512.4, 999.6, 3214, 59_949, 59_960, 125_000, 3_599_600, 3_720_000, 86_399_999, 1e9, -2000,
  ];
  expect(shown.map(formatDuration)).toEqual([
    "0 ms",
    "0.42 ms",
    "10 ms",
    "512 ms",
    "1 s",
    "3.21 s",
    "59.9 s",
    "1m 00s",
    "2m 05s",
    "1h 00m",
    "1h 02m",
    "1d 0h",
    "11d 14h",
    "-2 s",
  ]);
});

test("sizes, counts and shares for reading", () => {
  expect([0, 999, 999.9, 12_345, 999_600, 1.42e9, 5e15, -2000].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "12.3 kB",
    "1 MB",
    "1.42 GB",
    "5 PB",
    "-2 kB",
  ]);
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0, 0.0001, 0.973, 0.99999, 1].map(formatShare)).toEqual(["0%", "<0.1%", "97.3%", ">99.9%", "100%"]);
});
