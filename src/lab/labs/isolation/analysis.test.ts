import { expect, test } from "bun:test";

import type { Run } from "../../lab.ts";
import { analyseIsolation, troubles } from "./analysis.ts";
import type { IsolationValue } from "./value.ts";

function run(where: string, mode: string, change: Partial<IsolationValue> = {}): Run<IsolationValue> {
  const value: IsolationValue = {
    jobs: 2,
    failures: [],
    digests: ["d", "d"],
    served: false,
    found: false,
    tampered: false,
    wallMs: 100,
    addedBytes: 10,
    ...change,
  };
  return {
    stage: "cells",
    cell: { id: `${where} ${mode}`, levels: { where, mode } },
    value,
    startedAtMs: 0,
    durationMs: 1,
  };
}

const troublesOf = (...runs: readonly Run<IsolationValue>[]): readonly string[] => troubles(analyseIsolation(runs, []));

test("sharing is what a shared cache is for; elsewhere it is a leak", () => {
  expect(
    troublesOf(run("host", "native", { served: true, tampered: true }), run("host", "shared", { served: true })),
  ).toEqual([]);
  expect(troublesOf(run("host", "isolated", { served: true }))).toEqual([
    "host isolated: a job got what only another had compiled",
  ]);
  expect(troublesOf(run("host", "shared", { tampered: true }))).toEqual([
    "host shared: a program holds what somebody put into the folder",
  ]);
});

test("failed jobs and programs that differ are told, in the order of the modes", () => {
  const found = troublesOf(run("image", "read-only", { failures: ["x"] }), run("host", "off", { digests: ["d", "e"] }));
  expect(found).toEqual(["image read-only: 1 of 2 jobs failed", "host: 2 different programs came from equal source"]);
});

test("times are compared where there are enough of them", () => {
  const runs = [1, 2, 3, 4].flatMap((wallMs) => [
    run("host", "native", { wallMs }),
    run("host", "off", { wallMs: wallMs + 100 }),
  ]);
  const [native, off] = analyseIsolation(runs, []).modes;
  expect([native?.shiftMs?.value, off?.shiftMs?.value]).toEqual([undefined, 100]);
  expect(analyseIsolation(runs.slice(0, 2), []).modes[1]?.shiftMs).toBeUndefined();
});
