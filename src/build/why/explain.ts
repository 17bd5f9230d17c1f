/** Why a run's packages were not found in the cache, by comparison with an earlier run. Pure. */

import { type Cause, compareInputs, type InputChange } from "./causes.ts";
import type { ActionRecord, RunRecord, TestRecord } from "./run-record.ts";

/** A package that was compiled, linked, or a test that was run. */
export interface Miss {
  readonly kind: "build" | "link" | "test";
  readonly package: string;
  readonly ranMs: number;
  /** Of the package where the chain begins. */
  readonly causes: readonly Cause[];
  /** From that package to this one; of one element when the cause is its own. */
  readonly chain: readonly string[];
}

export interface RootCause {
  readonly cause: Cause;
  /** The package that has it, or `undefined` when several have the same. */
  readonly package: string | undefined;
  readonly misses: number;
  /** What the packages that missed for it took, in sum; those with several causes count for the first. */
  readonly ranMs: number;
}

export interface Explanation {
  readonly misses: readonly Miss[];
  readonly roots: readonly RootCause[];
  readonly hits: number;
}

export function explainMisses(before: RunRecord, after: RunRecord): Explanation {
  const comparison = createComparison(before, after);
  const misses = after.actions.flatMap((action) => missOf(action, comparison) ?? []);
  const tests = after.tests.flatMap((test) => testMiss(test, before, after) ?? []);
  const all = [...misses, ...tests].toSorted((a, b) => b.ranMs - a.ranMs);
  const hits = after.actions.filter(({ kind, ranMs }) => kind === "build" && ranMs === undefined).length;
  return { misses: all, roots: rootsOf(all), hits };
}

interface Comparison {
  was(action: ActionRecord): ActionRecord | undefined;
  change(action: ActionRecord): InputChange | undefined;
  compiled(path: string): ActionRecord | undefined;
}

function createComparison(before: RunRecord, after: RunRecord): Comparison {
  const key = ({ kind, package: path }: Pick<ActionRecord, "kind" | "package">): string => `${kind} ${path}`;
  // A package and its variant for a test have one name: they are told by their place in the run.
  const earlier = Map.groupBy(before.actions, key);
  const later = Map.groupBy(after.actions, key);
  const was = (action: ActionRecord): ActionRecord | undefined => {
    const candidates = earlier.get(key(action)) ?? [];
    const same = candidates.find(({ actionId }) => actionId === action.actionId);
    return same ?? candidates[later.get(key(action))?.indexOf(action) ?? 0] ?? candidates[0];
  };
  const compiled = new Map(
    after.actions.filter(({ kind }) => kind === "build").map((action) => [action.package, action]),
  );
  const changes = new Map<ActionRecord, InputChange | undefined>();
  return {
    was,
    compiled: (path) => compiled.get(path),
    change(action) {
      if (!changes.has(action)) changes.set(action, changeOf(was(action), action));
      return changes.get(action);
    },
  };
}

/** `undefined` where one of the runs does not know the inputs. */
function changeOf(was: ActionRecord | undefined, is: ActionRecord): InputChange | undefined {
  if (was === undefined || was.inputs.length === 0 || is.inputs.length === 0) return undefined;
  return compareInputs(was.inputs, is.inputs);
}

function missOf(action: ActionRecord, comparison: Comparison): Miss | undefined {
  if (action.ranMs === undefined) return undefined;
  const was = comparison.was(action);
  const base = { kind: action.kind, package: action.package, ranMs: action.ranMs };
  if (was?.actionId === action.actionId) {
    // Go keeps no linked binary in its cache, so linking the same again is nobody's miss.
    if (action.kind === "link") return undefined;
    return {
      ...base,
      causes: [{ kind: "not in the cache", what: "the same inputs as before" }],
      chain: [action.package],
    };
  }
  return { ...base, ...rootOf(action, comparison) };
}

type Root = Pick<Miss, "causes" | "chain">;

/** The nearest package below `start` that has changed by itself, breadth first: the shortest chain. */
function rootOf(start: ActionRecord, comparison: Comparison): Root {
  const seen = new Set([start.package]);
  let level: { readonly action: ActionRecord; readonly chain: readonly string[] }[] = [
    { action: start, chain: [start.package] },
  ];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { action, chain } of level) {
      const causes = ownCauses(action, comparison);
      if (causes.length > 0) return { causes, chain };
      for (const path of comparison.change(action)?.dependencies ?? []) {
        const dependency = seen.has(path) ? undefined : comparison.compiled(path);
        seen.add(path);
        if (dependency !== undefined) next.push({ action: dependency, chain: [path, ...chain] });
      }
    }
    level = next;
  }
  return {
    causes: [{ kind: "not recorded", what: "the inputs of one of the runs are not known" }],
    chain: [start.package],
  };
}

const newPackage: Cause = { kind: "new package", what: "the earlier run had no such package" };

function ownCauses(action: ActionRecord, comparison: Comparison): readonly Cause[] {
  if (comparison.was(action) === undefined) return [newPackage];
  return comparison.change(action)?.own ?? [];
}

/** A test was run when it was linked; that it was linked anew for other reasons is told by the packages. */
function testMiss(test: TestRecord, before: RunRecord, after: RunRecord): Miss | undefined {
  const isLinkOf = ({ kind, package: path }: ActionRecord): boolean =>
    kind === "link" && path === `${test.package}.test`;
  const link = after.actions.find(isLinkOf);
  const was = before.actions.find(isLinkOf);
  if (link?.ranMs === undefined || was?.actionId !== link.actionId) return undefined;
  const earlier = before.tests.find(({ package: path }) => path === test.package)?.inputs;
  const causes = testCauses(earlier, test.inputs);
  return { kind: "test", package: test.package, ranMs: link.ranMs, causes, chain: [test.package] };
}

function testCauses(before: TestRecord["inputs"], after: TestRecord["inputs"]): readonly Cause[] {
  if (before === undefined || after === undefined) {
    return [
      {
        kind: "not in the cache",
        what: "Go kept no result: the test failed, or a flag such as -count keeps it from being kept",
      },
    ];
  }
  const was = new Map(before.map((input) => [`${input.kind} ${input.name}`, input]));
  const causes = after.flatMap((input): Cause[] => {
    const earlier = was.get(`${input.kind} ${input.name}`);
    if (earlier === undefined) return [];
    const kind = input.kind === "variable" ? "environment" : "source";
    if (earlier.hash !== input.hash) return [{ kind, what: input.name }];
    return earlier.stat === input.stat ? [] : [{ kind: "file time", what: input.name }];
  });
  return causes.length > 0 ? causes : [{ kind: "not in the cache", what: "what the test looked at is as it was" }];
}

function rootsOf(misses: readonly Miss[]): RootCause[] {
  const groups = new Map<string, { cause: Cause; packages: Set<string>; misses: number; ranMs: number }>();
  for (const { causes, chain, ranMs } of misses) {
    const [first] = causes;
    if (first === undefined) continue;
    // Two packages may have a file of one name.
    const place = first.kind === "source" ? (chain[0] ?? "") : "";
    const name = JSON.stringify([first, place]);
    const group = groups.get(name) ?? { cause: first, packages: new Set<string>(), misses: 0, ranMs: 0 };
    group.packages.add(chain[0] ?? "");
    groups.set(name, { ...group, misses: group.misses + 1, ranMs: group.ranMs + ranMs });
  }
  return [...groups.values()]
    .map(({ cause, packages, misses: count, ranMs }) => ({
      cause,
      package: packages.size === 1 ? [...packages][0] : undefined,
      misses: count,
      ranMs,
    }))
    .toSorted((a, b) => b.ranMs - a.ranMs);
}
