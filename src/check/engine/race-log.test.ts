import { describe, expect, test } from "bun:test";

import type { Finding } from "../finding.ts";
import { confirmRaces, parseRaceLog } from "./race-log.ts";

/** As Go 1.26 prints it; the second race is inside a map's own code. */
const log = `=== RUN   TestX
==================
WARNING: DATA RACE
Read at 0x00c000012345 by goroutine 8:
  example.com/m.count()
      /home/u/m/count.go:12 +0x3a
  example.com/m.run.func1()
      /home/u/m/run.go:30 +0x44

Previous write at 0x00c000012345 by main goroutine:
  example.com/m.count()
      /home/u/m/count.go:13 +0x5c

Goroutine 8 (running) created at:
  example.com/m.run()
      /home/u/m/run.go:29 +0x77
==================
==================
WARNING: DATA RACE
Write at 0x00c000098765 by goroutine 9:
  runtime.mapassign_faststr()
      /usr/lib/go/src/internal/runtime/maps/runtime_faststr.go:263 +0x0
  example.com/m.put()
      /home/u/m/put.go:5 +0x10

Previous read at 0x00c000098765 by goroutine 7:
  runtime.mapaccess1_faststr()
      /usr/lib/go/src/internal/runtime/maps/runtime_faststr.go:103 +0x0
  example.com/m.get()
      /home/u/m/get.go:6 +0x20
==================
testing.go:1617: race detected during execution of test
`;

function race(path: string, line: number, otherPath: string, otherLine: number): Finding {
  return {
    rule: "go/x",
    category: "data-race",
    path,
    line,
    column: 1,
    endLine: line,
    endColumn: 1,
    severity: "error",
    confidence: "medium",
    message: "",
    why: "",
    related: [{ path: otherPath, line: otherLine, message: "" }],
  };
}

describe("a race log", () => {
  const reports = parseRaceLog(log);

  test("has the two accesses of each report, and not where the goroutine was made", () => {
    expect(reports.map(({ accesses }) => accesses.map((stack) => stack.map(({ line }) => line)))).toEqual([
      [[12, 30], [13]],
      [
        [263, 5],
        [103, 6],
      ],
    ]);
    expect(parseRaceLog("no race\n")).toEqual([]);
  });

  test("proves a finding that has both accesses, in either order", () => {
    const confirm = (finding: Finding): string => confirmRaces([finding], reports).findings[0]?.confidence ?? "";
    expect(confirm(race("count.go", 13, "count.go", 12))).toBe("proven");
    expect(confirm(race("put.go", 5, "get.go", 6))).toBe("proven");
    expect(confirm(race("count.go", 13, "get.go", 6))).toBe("medium");
    expect(confirm(race("count.go", 12, "count.go", 12))).toBe("medium");
    expect(confirm(race("ount.go", 13, "count.go", 12))).toBe("medium");
    expect(confirm({ ...race("count.go", 13, "count.go", 12), category: "deadlock" })).toBe("medium");
  });

  test("counts the reports that belong to no finding", () => {
    expect(confirmRaces([race("put.go", 5, "get.go", 6)], reports).unmatched).toBe(1);
  });
});
