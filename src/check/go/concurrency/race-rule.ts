/** Rules about races: each takes those of one kind. */

import type { RuleMeta } from "../../rule.ts";
import type { GoPackage } from "../program.ts";
import type { GoRule } from "../rule.ts";
import { callersLock } from "./guards.ts";
import { describeRace, kindOf, type RaceKind, type RaceReport } from "./classify.ts";
import type { NodeId } from "../tree.ts";
import type { Cell } from "./machine/value.ts";
import { executionsOf, type FoundRace } from "./races.ts";

/** A rule that reports the races of one kind, one for each place and name. */
export function raceRule(meta: RuleMeta, kind: RaceKind, why: string): GoRule {
  return {
    meta,
    check: (pkg, report) => {
      for (const { place, message, related } of reportsOf(pkg).get(kind) ?? []) {
        report(place, { message, why, confidence: "high", related });
      }
    },
  };
}

function reportsOf(pkg: GoPackage): ReadonlyMap<RaceKind, readonly RaceReport[]> {
  return pkg.memo("concurrency race reports", groupRaces);
}

/** Of several races for one variable in one function the first is told. */
function groupRaces(pkg: GoPackage): Map<RaceKind, RaceReport[]> {
  const groups = new Map<RaceKind, RaceReport[]>();
  const told = new Set<string>();
  for (const race of executionsOf(pkg).races) {
    const key = storyOf(pkg, race);
    if (told.has(key) || isUnderCallersLock(pkg, race)) continue;
    told.add(key);
    const report = describeRace(pkg, race);
    const known = groups.get(report.kind);
    if (known === undefined) groups.set(report.kind, [report]);
    else known.push(report);
  }
  return groups;
}

/**
 * What a function does to something that its callers gave it, beside what others do with a lock held: its callers may hold that
 * lock. They do if it says so; and where it is the package's own, they are run as well, and show the race if they do not.
 */
function isUnderCallersLock(pkg: GoPackage, { earlier, later, root }: FoundRace): boolean {
  const own = [earlier, later].find(({ thread }) => thread.started === undefined);
  const other = own === earlier ? later : earlier;
  if (own === undefined || own.locks.length > 0 || other.locks.length === 0) return false;
  return callersLock(pkg, root) || (isGiven(own.cell) && isCalledHere(pkg, root));
}

function isGiven(cell: Cell): boolean {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root.origin?.kind === "unknown";
}

function isCalledHere(pkg: GoPackage, func: NodeId): boolean {
  const symbol = pkg.funcSymbol(func);
  if (symbol === undefined || symbol.exported) return false;
  return pkg.uses(symbol).some((use) => use !== symbol.decl && !pkg.fileOf(use).isTest);
}

/** One variable in one function that was run: one story, however many places tell it. */
function storyOf(pkg: GoPackage, race: FoundRace): string {
  const { earlier } = race;
  let root = earlier.cell;
  while (root.parent !== undefined) root = root.parent;
  const memory = root.origin?.symbol?.decl ?? root.origin?.node ?? earlier.node;
  const part = earlier.cell === root ? "" : String(earlier.cell.key);
  return `${memory}.${part} ${race.root} ${kindOf(pkg, race)}`;
}
