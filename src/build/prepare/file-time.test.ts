import { expect, test } from "bun:test";
import { lstatSync, lutimesSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

import { commitTime, contentTime, toUtime } from "./file-time.ts";

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const hash = fc.string().map(sha256);

test("a content's time lies in the years 1990 to 2007, whole microseconds", () => {
  fc.assert(
    fc.property(hash, (one) => {
      const { seconds, micros } = contentTime(one);
      expect(new Date(seconds * 1000).getUTCFullYear()).toBeWithin(1990, 2008);
      expect(Number.isInteger(micros)).toBe(true);
      expect(micros).toBeWithin(0, 1_000_000);
    }),
  );
});

test("two contents have two times, and so have two commits in one second", () => {
  const hashes = Array.from({ length: 20_000 }, (_, index) => sha256(`version ${index}`));
  const times = hashes.map((one) => toUtime(contentTime(one)));
  expect(new Set(times).size).toBe(hashes.length);
  // A thousand contents committed in one second: a pair in a million shares its time, and here there are half a million.
  const committed = hashes.slice(0, 1000).map((one) => toUtime(commitTime(1_700_000_000, one)));
  expect(new Set(committed).size).toBeGreaterThan(995);
});

test("a commit's time keeps its second", () => {
  fc.assert(
    fc.property(hash, fc.integer({ min: 0, max: 2 ** 33 }), (one, seconds) => {
      expect(commitTime(seconds, one).seconds).toBe(seconds);
      expect(Math.floor(toUtime(commitTime(seconds, one)))).toBe(seconds);
    }),
  );
});

test("no two microseconds become one on the way through a file system", () => {
  const folder = mkdtempSync(join(tmpdir(), "file-time-"));
  const path = join(folder, "file");
  writeFileSync(path, "");
  try {
    const seen = [0, 1, 2, 499_999, 500_000, 999_998, 999_999].map((micros) => {
      const time = toUtime({ seconds: 1_795_424_100, micros });
      lutimesSync(path, time, time);
      return lstatSync(path, { bigint: true }).mtimeNs;
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.toSorted((a, b) => Number(a - b))).toEqual(seen);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
