/** Which lock guards which field, inferred from how most of the package does it, and who does otherwise. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import type { MemberName } from "./names.ts";
import type { WaitReport } from "./wait-report.ts";
import { type FieldUse, soloOf } from "./solo.ts";

/** A lock that the package holds when it uses a field. */
export interface BelievedGuard {
  readonly field: MemberName;
  readonly guard: string;
  /** A place where the guard is held and the field written. */
  readonly example: FieldUse;
  /** How many functions hold the guard. */
  readonly guardedCount: number;
  /** Uses without any lock. */
  readonly open: readonly FieldUse[];
}

/** A guard is believed in when this many functions hold it, and this many times as many as do not. */
const minGuarded = 2;
const minRatio = 3;

export function believedGuards(pkg: GoPackage): readonly BelievedGuard[] {
  return pkg.memo("concurrency guards", findGuards);
}

function findGuards(pkg: GoPackage): BelievedGuard[] {
  const found: BelievedGuard[] = [];
  for (const uses of byField(soloOf(pkg).uses.filter((use) => counts(pkg, use))).values()) {
    const guard = likelyGuard(uses);
    const guarded = guard === undefined ? [] : uses.filter(({ guards }) => guards.has(guard));
    const example = guarded.find(({ isWrite }) => isWrite);
    if (guard === undefined || example === undefined) continue;
    const places = new Set(guarded.map(({ node }) => node));
    const without = uses.filter((use) => !use.holdsAny && !use.isAtomic);
    const open = firstOfEach(without).filter(({ node }) => !places.has(node));
    const guardedCount = functionsOf(guarded).size;
    if (guardedCount < minGuarded || guardedCount < functionsOf(without).size * minRatio) continue;
    found.push({ field: example.field, guard, example, guardedCount, open });
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
export function counts(pkg: GoPackage, { func, root }: FieldUse): boolean {
  if (pkg.fileOf(func).isTest) return false;
  return [func, root].every((one) => !isExempt(pkg, one));
}

/** Whether a function says that its callers hold a lock. */
export function callersLock(pkg: GoPackage, func: NodeId): boolean {
  const name = pkg.funcSymbol(func)?.name ?? "";
  if (/locked$/i.test(name)) return true;
  return commentsAbove(pkg, func).some((text) => /\b(?:hold|held|holding|holds)\b/i.test(text));
}

function commentsAbove(pkg: GoPackage, func: NodeId): readonly string[] {
  const from = pkg.tree.from(func);
  const { comments } = pkg.fileOf(func);
  return comments
    .filter(({ to }) => to <= from && from - to < 400)
    .map(({ text }) => text)
    .slice(-8);
}

function isExempt(pkg: GoPackage, func: NodeId): boolean {
  const name = pkg.funcSymbol(func)?.name ?? "";
  if (/^(?:new|make|init|open|setup|create)/i.test(name) || /locked$|nolock|unsafe|unlocked/i.test(name)) return true;
  return commentsAbove(pkg, func).some((text) =>
    /\block|\bmutex|\bmu\b|concurren|synchroni|\bsafe(?:ly)?\b/i.test(text),
  );
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
export function firstOfEach(uses: readonly FieldUse[]): FieldUse[] {
  const chosen = new Map<NodeId, FieldUse>();
  for (const use of uses) {
    const known = chosen.get(use.func);
    if (known === undefined || (use.isWrite && !known.isWrite)) chosen.set(use.func, use);
  }
  return [...chosen.values()];
}

/** Accesses without the guard, in words; but for the first look of a double-checked lock, which has a rule of its own. */
export function unguardedReports(pkg: GoPackage): WaitReport[] {
  const looks = new Set(firstLooks(pkg).map(({ look }) => look.node));
  return believedGuards(pkg).flatMap(({ open, guard, example, guardedCount }) =>
    open.flatMap((use) => {
      if (looks.has(use.node)) return [];
      const verb = use.isWrite ? "written" : "read";
      const message = `${use.field.text} is ${verb} here without ${guard}, which ${guardedCount} other functions hold when they use it`;
      const related = [{ place: pkg.place(example.node), message: `written under ${guard} here` }];
      return [{ place: pkg.place(use.node), message, related }];
    }),
  );
}

interface FirstLook {
  readonly look: FieldUse;
  readonly write: FieldUse;
  readonly guard: string;
}

/** `if x == nil { lock; …; x = … }`: a look without the lock decides about a write under it. */
function firstLooks(pkg: GoPackage): FirstLook[] {
  const found = new Map<NodeId, FirstLook>();
  for (const uses of byField(soloOf(pkg).uses.filter(({ func }) => !pkg.fileOf(func).isTest)).values()) {
    for (const look of uses) {
      if (look.isWrite || look.holdsAny || look.isAtomic || found.has(look.node)) continue;
      const write = uses.find((one) => one.func === look.func && one.isWrite && isDecidedBy(pkg, one.node, look.node));
      const [guard] = [...(write?.guards ?? [])].flatMap(([name, mode]) => (mode === "write" ? [name] : []));
      if (write !== undefined && guard !== undefined) found.set(look.node, { look, write, guard });
    }
  }
  return [...found.values()];
}

/** Whether the write is in the body of the if whose condition is the look, or after an if that leaves on it. */
function isDecidedBy(pkg: GoPackage, write: NodeId, look: NodeId): boolean {
  const { tree } = pkg;
  for (let node = tree.enclosing(look, Kind.IfStmt); node !== undefined; node = tree.enclosing(node, Kind.IfStmt)) {
    const [cond, init, body] = [tree.child(node, Role.Cond), tree.child(node, Role.Init), tree.body(node)];
    const isAsked = [cond, init].some((part) => part !== undefined && tree.contains(part, look));
    if (!isAsked || body === undefined) continue;
    const last = tree.stmts(body).at(-1);
    const leaves = last !== undefined && tree.kind(last) === Kind.ReturnStmt;
    return tree.contains(body, write) || (leaves && write > tree.end(node));
  }
  return false;
}

export function doubleChecked(pkg: GoPackage): WaitReport[] {
  return firstLooks(pkg).map(({ look, write, guard }) => {
    const line = pkg.place(write.node).line;
    const message = `${look.field.text} is looked at here without ${guard}, under which line ${line} writes it: the look races with that write`;
    return {
      place: pkg.place(look.node),
      message,
      related: [{ place: pkg.place(write.node), message: `written under ${guard} here` }],
    };
  });
}
