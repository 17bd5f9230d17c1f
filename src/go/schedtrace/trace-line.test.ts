import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseSchedLine } from "./trace-line.ts";

const versions = ["1.19", "1.23", "1.24", "1.25", "1.26", "1.27"] as const;

/** Four lines of an idle program and five of one that is stuck, printed by programs built with that Go. */
function recorded(version: string): readonly string[] {
  return readFileSync(new URL(`fixtures/go${version}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
}

describe("lines that real programs printed", () => {
  for (const version of versions) {
    test(`Go ${version}`, () => {
      const samples = recorded(version).map(parseSchedLine);
      expect(samples).toHaveLength(9);
      for (const sample of samples) {
        expect(sample).toMatchObject({ gomaxprocs: 2, runQueue: 0 });
        expect(sample?.localQueues).toHaveLength(2);
        expect(sample?.schedTicks?.length).toBe(Number(version.slice(2)) >= 25 ? 2 : undefined);
      }
      expect(samples[3]).toMatchObject({ idleProcs: 2 });
      expect(samples[8]).toMatchObject({ idleProcs: 0 });
    });
  }

  test("the values of one of them", () => {
    const line =
      "SCHED 310ms: gomaxprocs=2 idleprocs=0 threads=4 spinningthreads=0 needspinning=1 idlethreads=1 runqueue=7 [ 3 0 ] schedticks=[ 2 4 ]";
    expect(parseSchedLine(line)).toEqual({
      sinceStartMs: 310,
      gomaxprocs: 2,
      idleProcs: 0,
      threads: 4,
      spinningThreads: 0,
      idleThreads: 1,
      runQueue: 7,
      localQueues: [3, 0],
      schedTicks: [2, 4],
    });
  });

  test("with scheddetail, whose queues are elsewhere", () => {
    const line =
      "SCHED 0ms: gomaxprocs=2 idleprocs=0 threads=3 spinningthreads=1 needspinning=0 idlethreads=0 runqueue=0 gcwaiting=false nmidlelocked=0 stopwait=0 sysmonwait=false";
    expect(parseSchedLine(line)).toMatchObject({ localQueues: [], schedTicks: undefined });
  });
});

describe("what is not a line of the trace", () => {
  for (const line of [
    "",
    "SCHED",
    "SCHED soon",
    "SCHED 1ms: gomaxprocs=2",
    "x SCHED 0ms: gomaxprocs=1 idleprocs=0 threads=1 spinningthreads=0 idlethreads=0 runqueue=0 [0]",
    "SCHED 0ms: gomaxprocs=1 idleprocs=0 threads=1 spinningthreads=0 idlethreads=0 runqueue=0 [0] and more",
    "SCHED 0ms: gomaxprocs=1 idleprocs=0 threads=1 spinningthreads=0 idlethreads=0 runqueue=0 [ 0 ] schedticks=[ 1 2 ]",
  ]) {
    test(JSON.stringify(line), () => expect(parseSchedLine(line)).toBeUndefined());
  }

  test("any text: never an exception", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const sample = parseSchedLine(`SCHED 5ms: gomaxprocs=${text}`);
        return sample === undefined || sample.gomaxprocs >= 0;
      }),
    );
  });

  test("a line longer than any real one is refused at once", () => {
    expect(parseSchedLine(`SCHED 1ms: gomaxprocs=2 ${" ".repeat(3_000_000)}`)).toBeUndefined();
  });
});
