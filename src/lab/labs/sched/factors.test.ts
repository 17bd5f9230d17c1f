import { describe, expect, test } from "bun:test";
import { hasCode } from "../../../core/errors.ts";
import { cellRounds, designsFor, readFactor } from "./factors.ts";

const machine = { processors: 2, canLimit: true, canRace: true };
const input = { levels: {}, runs: 5, runMs: 1000 };

test("factors are read, and what is none is refused", () => {
  expect(readFactor("quota=none,0.1")).toEqual(["quota", ["none", "0.1"]]);
  for (const text of [
    "quota",
    "quota=",
    "quota=0",
    "quota=-1",
    "workload=sleep",
    "speed=1",
    "race=on,on",
    "gomaxprocs=0",
  ]) {
    let caught: unknown;
    try {
      readFactor(text);
    } catch (cause) {
      caught = cause;
    }
    expect(hasCode(caught, "lab/sched-factor-invalid")).toBe(true);
  }
});

describe("designs", () => {
  test("from the least to the best, with the runs that they say", () => {
    const designs = designsFor(input, machine);
    expect(designs.map(({ design }) => design.name)).toEqual(["glance", "main", "full"]);
    for (const { design, levels } of designs) {
      const cells = cellRounds(levels, input.runs).flat();
      expect(cells).toHaveLength(design.runs);
      expect(new Set(cells.map(({ id }) => id)).size).toBe(design.runs);
    }
  });

  test("what the user names takes the place of the design's levels", () => {
    const [glance] = designsFor({ ...input, levels: { workload: ["alloc"], quota: ["0.5"] } }, machine);
    expect(glance?.levels).toMatchObject({ workload: ["alloc"], quota: ["0.5"], asyncpreempt: ["on", "off"] });
  });

  test("without cgroup and C compiler there is less", () => {
    const full = designsFor(input, { processors: 1, canLimit: false, canRace: false }).at(-1);
    expect(full?.levels).toMatchObject({ quota: ["none"], race: ["off"], gomaxprocs: ["1"] });
  });
});
