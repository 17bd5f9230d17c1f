/** Which lock guards which field, inferred from how most of the package does it, and who does otherwise. */

import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { type FieldUse, soloOf } from "./solo.ts";

export interface Unguarded {
  readonly use: FieldUse;
  readonly guard: string;
  /** A place where the guard is held. */
  readonly example: FieldUse;
  /** Functions with the guard, without it. */
  readonly guardedCount: number;
}

/** A guard is believed in when this many functions hold it, and this many times as many as do not. */
const minGuarded = 2;
const minRatio = 3;

/** Accesses without the lock that elsewhere guards the same field. */
export function unguardedUses(pkg: GoPackage): readonly Unguarded[] {
  return pkg.memo("concurrency unguarded", findUnguarded);
}

function findUnguarded(pkg: GoPackage): Unguarded[] {
  const found: Unguarded[] = [];
  for (const uses of byField(soloOf(pkg).uses.filter((use) => counts(pkg, use))).values()) {
    const guard = likelyGuard(uses);
    if (guard === undefined) continue;
    const [guarded, open] = [
      uses.filter(({ guards }) => guards.has(guard)),
      uses.filter((use) => !use.holdsAny && !use.isAtomic),
    ];
    const places = new Set(guarded.map(({ node }) => node));
    const [example] = guarded.filter(({ isWrite }) => isWrite);
    if (example === undefined) continue;
    const guardedCount = functionsOf(guarded).size;
    const openCount = functionsOf(open).size;
    if (guardedCount < minGuarded || guardedCount < openCount * minRatio) continue;
    for (const use of firstOfEach(open)) if (!places.has(use.node)) found.push({ use, guard, example, guardedCount });
  }
  return found;
}

function byField(uses: readonly FieldUse[]): Map<string, FieldUse[]> {
  const groups = new Map<string, FieldUse[]>();
  for (const use of uses) {
    const known = groups.get(use.field.key);
    if (known === undefined) groups.set(use.field.key, [use]);
    else known.push(use);
  }
  return groups;
}

/** Tests, constructors, and functions that say that their caller holds the lock tell nothing about a guard. */
function counts(pkg: GoPackage, { func, root }: FieldUse): boolean {
  if (pkg.fileOf(func).isTest) return false;
  return [func, root].every((one) => !isExempt(pkg, one));
}

function isExempt(pkg: GoPackage, func: NodeId): boolean {
  const name = pkg.funcSymbol(func)?.name ?? "";
  if (/^(?:new|make|init|open|setup|create)/i.test(name) || /locked$|nolock|unsafe|unlocked/i.test(name)) return true;
  const from = pkg.tree.from(func);
  const { comments } = pkg.fileOf(func);
  const doc = comments.filter(({ to }) => to <= from && from - to < 400).map(({ text }) => text);
  return doc.slice(-8).some((text) => /\block|\bmutex|\bmu\b|concurren|synchroni/i.test(text));
}

/** The lock that most functions hold when they touch the field. */
function likelyGuard(uses: readonly FieldUse[]): string | undefined {
  const counted = new Map<string, Set<NodeId>>();
  for (const { guards, func } of uses) {
    for (const guard of guards.keys()) counted.set(guard, (counted.get(guard) ?? new Set()).add(func));
  }
  const [best] = [...counted].toSorted(([, a], [, b]) => b.size - a.size);
  return best?.[0];
}

function functionsOf(uses: readonly FieldUse[]): Set<NodeId> {
  return new Set(uses.map(({ func }) => func));
}

/** One access of each function, a write if there is one. */
function firstOfEach(uses: readonly FieldUse[]): FieldUse[] {
  const chosen = new Map<NodeId, FieldUse>();
  for (const use of uses) {
    const known = chosen.get(use.func);
    if (known === undefined || (use.isWrite && !known.isWrite)) chosen.set(use.func, use);
  }
  return [...chosen.values()];
}
