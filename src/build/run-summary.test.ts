import { expect, test } from "bun:test";
import type { RunSummary } from "../cache/helper/summary.ts";
import { summaryLine } from "./run-summary.ts";

const nothing: RunSummary = {
  gets: 0,
  localHits: 0,
  remoteHits: 0,
  misses: 0,
  puts: 0,
  bytesDown: 0,
  bytesUp: 0,
  uploaded: 0,
  dropped: 0,
  handedOver: 0,
  corrupt: 0,
  savedMs: 0,
  waitedMs: 0,
  steppedAside: 0,
  lostServer: 0,
  wallMs: 0,
};

test("only what happened is said", () => {
  expect(summaryLine(nothing, 2)).toBe("ballast: 0 hits (0 from the server), 0 misses");
  const shared = { ...nothing, localHits: 3, remoteHits: 40, misses: 2, bytesDown: 8_220_000, savedMs: 42_000 };
  expect(summaryLine(shared, 2)).toBe(
    "ballast: 43 hits (40 from the server), 2 misses, 8.22 MB down; saved about 21 s, waited 0 ms",
  );
});

test("a run without its server says so, and why as far as it knows", () => {
  const aside = summaryLine({ ...nothing, misses: 9, steppedAside: 1 }, 2);
  expect(aside).toEndWith("9 misses, stepped aside: this job's last runs waited longer than the server saved them");
  const lost = summaryLine({ ...nothing, misses: 9, dropped: 4, lostServer: 1 }, 2);
  expect(lost).toEndWith("9 misses, 4 not sent, went on without the server (`ballast doctor` says why)");
});
