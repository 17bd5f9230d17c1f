/** The frame with a lab that only counts: order, budget, resuming, and what is refused. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../core/clock.ts";
import { createBench, type Bench } from "./bench.ts";
import type { Cell, Design, Experiment, Lab, Stage } from "./lab.ts";
import { readLabStart } from "./lab-state.ts";
import { runLab, type LabPlace } from "./run-lab.ts";

let base = "";
let ran: string[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "lab-frame-"));
  ran = [];
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const design = (name: string, runs: number): Design => ({ name, doc: "", runs, estimateMs: runs * 1000 });
const cellOf = (id: string): Cell => ({ id, levels: { letter: id.slice(0, 1) } });

interface Trial {
  readonly version?: string;
  readonly stopAfter?: number;
  readonly seed?: number;
}

function benchOf(trial: Trial, controller: AbortController): Bench & Disposable {
  const options = { userEnv: process.env, cwd: base, clock: systemClock, cacheFolder: base, status: () => undefined };
  return createBench({ ...options, seed: trial.seed ?? 1, signal: controller.signal, note: () => undefined });
}

/** Two stages; the second has a round for each cell of the first. */
function countingLab(trial: Trial, controller: AbortController): Lab<string, number, readonly string[]> {
  const first: Stage = {
    name: "first",
    title: "first",
    order: "shuffled",
    rounds: [1, 2].map((round) => ["a", "b", "c", "d"].map((letter) => cellOf(`${letter}#${round}`))),
  };
  const second: Stage = { name: "second", title: "second", order: "given", rounds: [[cellOf("a#1"), cellOf("z")]] };
  const experiment: Experiment<number, readonly string[]> = {
    factors: [],
    facts: [["version", trial.version ?? "1"]],
    designs: [design("small", 8), design("large", 10)],
    next: ({ name }, runs) => {
      if (runs.length === 0) return first;
      return name === "large" && runs.length === 8 ? second : undefined;
    },
    run: (cell, { name }) => {
      ran.push(`${name} ${cell.id}`);
      if (ran.length === trial.stopAfter) controller.abort(new Error("told to stop"));
      return Promise.resolve(ran.length);
    },
    analyse: (_design, runs) => Promise.resolve(runs.map(({ stage, cell }) => `${stage} ${cell.id}`)),
    report: () => ({ document: { title: "", verdict: "", facts: [], sections: [] }, isFinding: false }),
  };
  return { name: "counting", title: "", open: () => Promise.resolve(experiment) };
}

async function run(place: LabPlace, trial: Trial = {}): Promise<readonly string[]> {
  const controller = new AbortController();
  using bench = benchOf(trial, controller);
  return (await runLab(countingLab(trial, controller), "input", bench, place)).analysis;
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (cause: unknown) => (cause as { code?: string }).code,
  );

describe("the order", () => {
  test("rounds one after another, shuffled by the seed; a given order stays", async () => {
    const all = await run({ folder: join(base, "one") });
    const letters = (from: number, to: number): string =>
      all
        .slice(from, to)
        .map((id) => id.split(" ")[1]?.[0])
        .join("");
    expect(letters(0, 4).split("").toSorted().join("")).toBe("abcd");
    expect(all.slice(0, 4).every((id) => id.endsWith("#1"))).toBe(true);
    expect(all.slice(4, 8).every((id) => id.endsWith("#2"))).toBe(true);
    expect(all.slice(8)).toEqual(["second a#1", "second z"]);
    expect(await run({ folder: join(base, "two") })).toEqual(all);
    const orders = new Set<string>();
    for (let seed = 0; seed < 5; seed++) orders.add((await run({ folder: join(base, `s${seed}`) }, { seed })).join());
    expect(orders.size).toBeGreaterThan(2);
  });
});

describe("the budget", () => {
  test("takes the best design that fits", async () => {
    expect(await run({ folder: join(base, "a"), budgetMs: 9000 })).toHaveLength(8);
    expect(await run({ folder: join(base, "b"), budgetMs: 10_000 })).toHaveLength(10);
    expect(await codeOf(run({ folder: join(base, "c"), budgetMs: 7999 }))).toBe("lab/budget-too-small");
    expect(existsSync(join(base, "c"))).toBe(false);
  });
});

describe("resuming", () => {
  const folder = (): string => join(base, "runs");
  const resumed = (): LabPlace => ({ folder: folder(), resumed: readLabStart(folder(), "counting") });

  test("makes each run once, in the same order, whatever it was stopped in", async () => {
    const whole = await run({ folder: join(base, "whole") });
    for (const stopAfter of [1, 4, 9]) {
      rmSync(folder(), { recursive: true, force: true });
      ran = [];
      expect(await codeOf(run({ folder: folder() }, { stopAfter }))).toBe("lab/interrupted");
      // The line that a kill cut off is made again.
      appendFileSync(join(folder(), "runs.jsonl"), '{"stage":"first","cell":{"i');
      expect(await run(resumed())).toEqual(whole);
      expect(ran.toSorted()).toEqual([...whole].toSorted());
      expect(await run(resumed())).toEqual(whole);
      expect(ran).toHaveLength(10);
    }
  });

  test("is refused where something else is there now", async () => {
    await codeOf(run({ folder: folder() }, { stopAfter: 3 }));
    expect(await codeOf(run(resumed(), { version: "2" }))).toBe("lab/resume-elsewhere");
    expect(await codeOf(run({ folder: folder() }))).toBe("lab/folder-in-use");
    expect(() => readLabStart(folder(), "other")).toThrow("other");
    expect(() => readLabStart(join(base, "absent"), "counting")).toThrow();
    appendFileSync(join(folder(), "runs.jsonl"), "[1]\n");
    expect(await codeOf(run(resumed()))).toBe("lab/state-unreadable");
    writeFileSync(join(folder(), "lab.json"), "{");
    expect(() => readLabStart(folder(), "counting")).toThrow();
  });
});

describe("the bench", () => {
  test("ends what it started, and removes every folder, when it is told to stop", async () => {
    const controller = new AbortController();
    const bench = benchOf({}, controller);
    const inside = bench.folder("a b/c");
    const pidFile = join(base, "pid");
    const argv = ["sh", "-c", `sleep 60 & echo $! > ${pidFile}; wait`];
    const running = bench.run(argv, { cwd: inside.path, deadlineMs: 30_000 });
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await Bun.sleep(5);
    controller.abort(new Error("stop"));
    expect(await codeOf(running)).toBe("lab/interrupted");
    const state = readdirSync("/proc").includes(readFileSync(pidFile, "utf8").trim());
    expect(state).toBe(false);
    bench[Symbol.dispose]();
    expect(existsSync(inside.path)).toBe(false);
  });

  test("a fixed folder is empty at first, goes at the end, and cannot lie elsewhere", () => {
    const bench = benchOf({}, new AbortController());
    const name = `fixed-${process.pid}`;
    const { path } = bench.fixedFolder(name);
    writeFileSync(join(path, "left"), "");
    expect(readdirSync(bench.fixedFolder(name).path)).toEqual([]);
    bench[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
    for (const bad of ["", "../x", "a/b", "a b"]) expect(() => bench.fixedFolder(bad)).toThrow("names no folder");
  });

  test("a folder that a program made read-only goes as well", () => {
    using bench = benchOf({}, new AbortController());
    const { path } = bench.folder("locked");
    Bun.spawnSync(["sh", "-c", "mkdir -p a/b && touch a/b/c && chmod -R a-w a"], { cwd: path });
    bench[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
  });
});
