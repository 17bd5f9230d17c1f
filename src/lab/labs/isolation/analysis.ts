/** From the runs to what each mode did. */

import { clopperPearson } from "../../../stats/share-interval.ts";
import { median } from "../../../stats/order.ts";
import { hodgesLehmann } from "../../../stats/mann-whitney.ts";
import type { Run } from "../../lab.ts";
import type { IsolationValue } from "./value.ts";

export interface Share {
  readonly count: number;
  readonly of: number;
  /** 95 %, Clopper-Pearson. */
  readonly low: number;
  readonly high: number;
}

export interface ModeResult {
  readonly where: string;
  readonly mode: string;
  readonly runs: number;
  readonly failed: Share;
  readonly firstFailure: string | undefined;
  /** Different programs from equal source, in all runs of the mode. */
  readonly programs: number;
  readonly served: Share | undefined;
  readonly found: Share | undefined;
  readonly tampered: Share | undefined;
  readonly wallMs: number;
  /** Against the first mode of the same place: how much longer, with its 95 % interval; absent with few runs. */
  readonly shiftMs: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  readonly addedBytes: number | undefined;
  readonly walls: readonly number[];
}

export interface IsolationAnalysis {
  readonly modes: readonly ModeResult[];
  /** Different programs in all modes of a place together. */
  readonly programs: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** Modes that promise that jobs do not meet. */
const promises: ReadonlySet<string> = new Set(["read-only", "isolated", "off"]);

export function analyseIsolation(runs: readonly Run<IsolationValue>[], notes: readonly string[]): IsolationAnalysis {
  const groups = Map.groupBy(runs, ({ cell }) => JSON.stringify([cell.levels["where"], cell.levels["mode"]]));
  const firstWalls = new Map<string, readonly number[]>();
  const modes = [...groups]
    .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([key, group]) => {
      const [where = "", mode = ""] = JSON.parse(key) as string[];
      const result = modeResult(where, mode, group, firstWalls.get(where));
      if (!firstWalls.has(where)) firstWalls.set(where, result.walls);
      return result;
    });
  const programs = Object.fromEntries(
    [...Map.groupBy(runs, ({ cell }) => cell.levels["where"] ?? "")].map(([where, group]) => [
      where,
      countPrograms(group),
    ]),
  );
  return { modes, programs, notes };
}

const order = ["host", "image"].flatMap((where) =>
  ["native", "shared", "read-only", "isolated", "off"].map((mode) => JSON.stringify([where, mode])),
);

function modeResult(
  where: string,
  mode: string,
  runs: readonly Run<IsolationValue>[],
  first: readonly number[] | undefined,
): ModeResult {
  const values = runs.map(({ value }) => value);
  const failures = values.flatMap((value) => value.failures);
  const walls = values.map(({ wallMs }) => wallMs);
  const bytes = values.flatMap(({ addedBytes }) => addedBytes ?? []);
  const isCompared = first !== undefined && first.length >= 4 && walls.length >= 4;
  return {
    where,
    mode,
    runs: runs.length,
    failed: share(
      failures.length,
      values.reduce((sum, { jobs }) => sum + jobs, 0),
    ),
    firstFailure: failures[0],
    programs: countPrograms(runs),
    served: shareOf(values.flatMap(({ served }) => served ?? [])),
    found: shareOf(values.flatMap(({ found }) => found ?? [])),
    tampered: shareOf(values.flatMap(({ tampered }) => tampered ?? [])),
    wallMs: median(walls),
    shiftMs: isCompared ? shiftOf(walls, first) : undefined,
    addedBytes: bytes.length === 0 ? undefined : median(bytes),
    walls,
  };
}

function shiftOf(walls: readonly number[], first: readonly number[]): NonNullable<ModeResult["shiftMs"]> {
  const { estimate, low, high } = hodgesLehmann(walls, first);
  return { value: estimate, low, high };
}

function countPrograms(runs: readonly Run<IsolationValue>[]): number {
  return new Set(runs.flatMap(({ value }) => value.digests)).size;
}

function shareOf(answers: readonly boolean[]): Share | undefined {
  return answers.length === 0 ? undefined : share(answers.filter(Boolean).length, answers.length);
}

function share(count: number, of: number): Share {
  const { low, high } = of === 0 ? { low: 0, high: 1 } : clopperPearson(count, of);
  return { count, of, low, high };
}

/** What is wrong: each is one sentence. */
export function troubles({ modes, programs }: IsolationAnalysis): string[] {
  const found = modes.flatMap((one) => {
    const name = `${one.where} ${one.mode}`;
    const has = (part: Share | undefined): boolean => part !== undefined && part.count > 0;
    return [
      ...(one.failed.count > 0 ? [`${name}: ${one.failed.count} of ${one.failed.of} jobs failed`] : []),
      ...(promises.has(one.mode) && has(one.served) ? [`${name}: a job got what only another had compiled`] : []),
      ...(one.mode !== "native" && has(one.tampered)
        ? [`${name}: a program holds what somebody put into the folder`]
        : []),
    ];
  });
  const drifts = Object.entries(programs).filter(([, count]) => count > 1);
  return [...found, ...drifts.map(([where, count]) => `${where}: ${count} different programs came from equal source`)];
}
