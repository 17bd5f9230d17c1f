import { expect, test } from "bun:test";
import { parseSchedstat, readThreadTimes, watchProcess } from "./thread-times.ts";

test("one line of schedstat", () => {
  expect(parseSchedstat("105092582 1856119045 56\n")).toEqual({ cpuMs: 105.092582, waitedMs: 1856.119045 });
  expect([parseSchedstat(""), parseSchedstat("1 2"), parseSchedstat("a b c")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a process that is not there has no threads", () => expect(readThreadTimes(2 ** 30)).toEqual([]));

test("what this process burns is counted; on another system than Linux nothing is", () => {
  const watch = watchProcess(process.pid);
  const before = watch.look();
  const untilMs = performance.now() + 60;
  while (performance.now() < untilMs) before.threads.toString();
  const after = watch.look();
  expect(after.threads > 0).toBe(process.platform === "linux");
  if (process.platform !== "linux") return;
  expect(after.cpuMs - before.cpuMs + (after.waitedMs - before.waitedMs)).toBeGreaterThan(30);
});
