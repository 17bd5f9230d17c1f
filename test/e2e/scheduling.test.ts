/** `ballast observe`, `lab sched` and `lab visibility` on planted faults, each named rightly ten times of ten. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuCgroupOf } from "../../src/core/cgroup/hierarchy.ts";
import { createQuotaGroup } from "../../src/core/cgroup/quota-group.ts";
import { runProcess } from "../../src/core/process.ts";
import { chooseGomaxprocs } from "../../src/go/container-gomaxprocs.ts";
import { testWith } from "../with-component.ts";
import { ballast } from "./go-fixture.ts";
import {
  buildPlanted,
  goBuild,
  limitTrouble,
  observedFaults,
  observedPlants,
  type PlantedPrograms,
  runBallast,
  schedCounts,
  visibilityVerdict,
} from "./starvation-series.ts";

const times = 10;
let planted: PlantedPrograms;

beforeAll(async () => {
  planted = await buildPlanted();
});
afterAll(() => planted[Symbol.dispose]());

function testLimited(title: string, run: () => Promise<void>): void {
  if (limitTrouble === undefined) test(title, run);
  else test.skip(`${title} [skipped: cgroup: ${limitTrouble}]`, () => undefined);
}

/** The groups that Ballast makes are named after it. */
function leftGroups(): readonly string[] {
  const own = cpuCgroupOf("self");
  return own === undefined ? [] : readdirSync(own.folder).filter((name) => name.startsWith("ballast-"));
}

describe("ballast observe -- PROGRAM", () => {
  const plants = observedPlants("");
  for (const [index, { fault, needsLimit, words }] of plants.entries()) {
    const title = `${words.slice(-2).join(" ")}: ${fault}, ${times} times of ${times}`;
    const run = async (): Promise<void> => {
      const plant = observedPlants(planted.plain)[index];
      const seen: string[] = [];
      for (let i = 0; i < times; i++) seen.push(await observedFaults(plant?.words ?? [], plant?.env));
      expect(seen).toEqual(Array.from({ length: times }, () => fault));
    };
    if (needsLimit) testLimited(title, run);
    else test(title, run);
  }

  test("status, streams and GODEBUG are the program's own", async () => {
    const script = 'read line; echo "out $line $GODEBUG"; echo err >&2; exit 7';
    const argv = [...ballast, "observe", "--", "sh", "-c", script];
    const env = { ...process.env, GODEBUG: "gctrace=0" };
    const result = await runProcess({ argv, env, stdin: "hello\n", deadlineMs: 20_000 });
    expect([result.exitCode, result.stdout]).toEqual([7, "out hello gctrace=0,schedtrace=100\n"]);
    expect(result.stderr).toStartWith("err\nballast observe: ");
  });

  test("the trace is taken out, except for who asked for it", async () => {
    const words = ["observe", "--interval", "50ms", "--", planted.plain, "idle", "200"];
    expect((await runBallast(words)).stderr).not.toContain("SCHED");
    expect((await runBallast(words, { GODEBUG: "schedtrace=40" })).stderr).toContain("SCHED 0ms: gomaxprocs");
  });

  test("a signal is passed on, and the evidence still comes", async () => {
    const child = Bun.spawn([...ballast, "observe", "--", planted.plain, "idle", "60000"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    await Bun.sleep(400);
    child.kill("SIGTERM");
    const stderr = await new Response(child.stderr).text();
    expect([await child.exited, stderr.includes("ballast observe: ")]).toEqual([143, true]);
  });

  test("a program that is not there, nothing at all, and too much", async () => {
    expect((await runBallast(["observe", "--", "no-such-program"])).exitCode).toBe(3);
    expect((await runBallast(["observe"])).exitCode).toBe(2);
    expect((await runBallast(["observe", "--pid", "1", "--", "true"])).exitCode).toBe(2);
  });

  testLimited("without root there is no limit, and it says what still works", async () => {
    const argv = ["setpriv", "--reuid=65534", "--clear-groups", ...ballast, "observe", "--quota", "0.5", "--", "true"];
    const result = await runProcess({ argv, env: process.env, deadlineMs: 20_000 });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain("core/cgroup-unavailable");
  });
});

describe("the probe", () => {
  test("is a package that tells how late goroutines wake up", async () => {
    const { stdout } = await runBallast(["observe", "--print-probe"]);
    const folder = join(planted.folder, "probed");
    mkdirSync(join(folder, "ballastprobe"), { recursive: true });
    writeFileSync(join(folder, "go.mod"), "module example.org/probed\n\ngo 1.21\n");
    writeFileSync(join(folder, "ballastprobe", "probe.go"), stdout);
    const main =
      'package main\n\nimport (\n\t"time"\n\n\t_ "example.org/probed/ballastprobe"\n)\n\nfunc main() { time.Sleep(700 * time.Millisecond) }\n';
    writeFileSync(join(folder, "main.go"), main);
    await goBuild(folder, ["-o", "probed", "."]);
    const { stderr } = await runBallast(["observe", "--json", "--", join(folder, "probed")]);
    const { evidence } = JSON.parse(stderr) as { evidence: { lateness: { ticks: number; p50Ms: number } } };
    expect(evidence.lateness.ticks).toBeGreaterThan(5);
    expect(evidence.lateness.p50Ms).toBeGreaterThan(0);
  });
});

describe("ballast observe of a running program", () => {
  testLimited("--pid: throttled, and its busiest threads", async () => {
    const group = createQuotaGroup(`ballast-test-pid-${process.pid}`, 0.2);
    const child = Bun.spawn([...group.wrap([planted.plain, "busy", "20000"])], { stdout: "ignore", stderr: "ignore" });
    try {
      // It joins the group before it becomes the program; looked at earlier, it would be in ours.
      while (!readFileSync(`/proc/${child.pid}/cmdline`, "utf8").startsWith(planted.plain)) await Bun.sleep(5);
      const result = await runBallast(["observe", "--pid", String(child.pid), "--for", "1s", "--json"]);
      const seen = JSON.parse(result.stdout) as { verdict: { faults: string[] }; threads: { cpuMs: number }[] };
      expect([result.exitCode, seen.verdict.faults]).toEqual([1, ["throttling"]]);
      expect(seen.threads[0]?.cpuMs).toBeGreaterThan(0);
    } finally {
      await group.remove();
      await child.exited;
    }
  });

  test("--pid of nobody", async () => {
    const result = await runBallast(["observe", "--pid", "4194000", "--for", "1s"]);
    expect([result.exitCode, result.stderr.includes("lab/observe-process-gone")]).toEqual([3, true]);
  });
});

describe("ballast lab sched", () => {
  testLimited(`a loop without calls: each run named rightly, ${times} times of ${times}`, async () => {
    expect(await schedCounts("loop", "none,0.2", times)).toEqual([
      `0.2/off: ${times} throttled, ${times} stalled of ${times}`,
      `0.2/on: ${times} throttled, 0 stalled of ${times}`,
      `none/off: 0 throttled, ${times} stalled of ${times}`,
      `none/on: 0 throttled, 0 stalled of ${times}`,
    ]);
    expect(leftGroups()).toEqual([]);
  });

  test("is silent without a fault", async () => {
    expect(await schedCounts("idle", "none", 3)).toEqual([
      "none/off: 0 throttled, 0 stalled of 3",
      "none/on: 0 throttled, 0 stalled of 3",
    ]);
  });

  test("refuses what it does not know", async () => {
    expect((await runBallast(["lab", "sched", "--factor", "quota=fast"])).exitCode).toBe(2);
  });
});

describe("ballast lab visibility", () => {
  for (const [plant, verdict, count] of [
    ["race", "data race", times],
    ["preemption", "preemption", times],
    ["both", "data race and preemption", 3],
    ["clean", "nothing seen", 3],
  ] as const) {
    test(`${plant}: ${verdict}, ${count} times of ${count}`, async () => {
      const seen: string[] = [];
      for (let i = 0; i < count; i++) seen.push(await visibilityVerdict(planted, plant));
      expect(seen).toEqual(Array.from({ length: count }, () => verdict));
    });
  }

  // A program with the race detector has C in it, where Go does not notice that all goroutines sleep: it hangs.
  test("a deadlock is neither", async () => {
    expect(await visibilityVerdict(planted, "deadlock", "700ms")).toBe("neither");
  });

  test("a loop over a plain bool is a data race, although it hangs", async () => {
    expect(await visibilityVerdict(planted, "plain-bool", "700ms")).toBe("data race");
  });

  test("a package's tests are built and run", async () => {
    const folder = join(planted.folder, "package");
    mkdirSync(folder);
    writeFileSync(join(folder, "go.mod"), "module example.org/tested\n\ngo 1.21\n");
    const source =
      'package tested\n\nimport "testing"\n\nfunc TestRacy(t *testing.T) {\n\tn, done := 0, make(chan bool)\n\tgo func() { n++; done <- true }()\n\tn++\n\t<-done\n}\n';
    writeFileSync(join(folder, "racy_test.go"), source);
    const argv = [...ballast, "lab", "visibility", "--runs", "1", "--json", "--dir", join(folder, "runs")];
    const result = await runProcess({ argv, cwd: folder, env: process.env, deadlineMs: 240_000 });
    expect([
      result.exitCode,
      (JSON.parse(result.stdout) as { analysis: { verdict: string } }).analysis.verdict,
    ]).toEqual([1, "data race"]);
    expect(existsSync(join(folder, "runs", "runs.jsonl"))).toBe(true);
  });
});

describe("GOMAXPROCS that Go chooses", () => {
  const source = 'package main\n\nimport "runtime"\n\nfunc main() { println(runtime.GOMAXPROCS(0)) }\n';
  const environment = { ...process.env, GOMAXPROCS: undefined, GODEBUG: undefined };

  async function chosen(program: string, quota: number | undefined, processors: number): Promise<number> {
    const group = quota === undefined ? undefined : createQuotaGroup(`ballast-test-procs-${process.pid}`, quota);
    try {
      const argv = ["taskset", "-c", processors === 1 ? "0" : "0,1", program];
      const result = await runProcess({ argv: group?.wrap(argv) ?? argv, env: environment, deadlineMs: 20_000 });
      return Number(result.stderr);
    } finally {
      await group?.remove();
    }
  }

  async function compareAll(name: string, goMinor: number, go: string): Promise<void> {
    const folder = join(planted.folder, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "go.mod"), `module example.org/procs\n\ngo 1.${goMinor}\n`);
    writeFileSync(join(folder, "main.go"), source);
    await goBuild(folder, ["-o", "procs", "."], go);
    for (const quotaCpus of limitTrouble === undefined ? [undefined, 0.1, 1.5] : [undefined]) {
      for (const processors of [1, 2]) {
        const { value } = chooseGomaxprocs({ goMinor, processors, quotaCpus });
        expect([quotaCpus, processors, await chosen(join(folder, "procs"), quotaCpus, processors)]).toEqual([
          quotaCpus,
          processors,
          value,
        ]);
      }
    }
  }

  testWith("go1.24", "by Go 1.24 is what is computed", (folder) => compareAll("go1.24", 24, join(folder, "bin/go")));
  testWith("go1.27", "by Go 1.27 is what is computed", (folder) => compareAll("go1.27", 27, join(folder, "bin/go")));
});
