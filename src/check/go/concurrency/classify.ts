/**
 * Which kind of race a race is: each is told once, by the rule that says most about it. Also the words for it: what is
 * raced for, who the two threads are, where they were started.
 */

import { Kind } from "../kinds.ts";
import type { GoPackage, GoPlace } from "../program.ts";
import type { NodeId } from "../tree.ts";
import type { FoundRace } from "./races.ts";
import type { Access } from "./machine/shadow.ts";
import type { Thread } from "./machine/thread.ts";
import type { Cell } from "./machine/value.ts";
import { objectName } from "./names.ts";

export type RaceKind =
  | "late add"
  | "close and send"
  | "mixed atomic"
  | "write under read lock"
  | "loop variable"
  | "counter"
  | "map"
  | "slice"
  | "field"
  | "package variable"
  | "captured variable";

export interface RaceReport {
  readonly kind: RaceKind;
  readonly place: GoPlace;
  readonly name: string;
  readonly message: string;
  readonly related: readonly { readonly place: GoPlace; readonly message: string }[];
}

/** The root of the memory that an access was to. */
function rootOf(cell: Cell): Cell {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

export function kindOf(pkg: GoPackage, { earlier, later }: FoundRace): RaceKind {
  const both = [earlier, later];
  if (both.some(({ what }) => what === "Add" || what === "Wait")) return "late add";
  if (both.some(({ what }) => what === "close")) return "close and send";
  if (both.some(({ isAtomic }) => isAtomic)) return "mixed atomic";
  if (isUnderReadLock(earlier, later) || isUnderReadLock(later, earlier)) return "write under read lock";
  if (isLoopVariable(pkg, rootOf(earlier.cell))) return "loop variable";
  if (both.every((one) => isCount(pkg, one))) return "counter";
  return memoryKind(both);
}

/** A write under a lock that is only held for reading, while the other access holds the same lock. */
function isUnderReadLock(write: Access, other: Access): boolean {
  if (!write.isWrite) return false;
  return write.locks.some(({ cell, isRead }) => isRead && other.locks.some((one) => one.cell === cell));
}

function isLoopVariable(pkg: GoPackage, { origin }: Cell): boolean {
  if (origin?.kind !== "variable" || origin.symbol?.decl === undefined) return false;
  const { tree } = pkg;
  const parent = tree.parent(origin.symbol.decl) ?? 0;
  if (tree.kind(parent) === Kind.RangeStmt) return tree.op(parent) === ":=";
  return tree.kind(parent) === Kind.AssignStmt && tree.kind(tree.parent(parent) ?? 0) === Kind.ForStmt;
}

/** Part of `x++`, `x += n`, `x = x + 1`; not of `s = append(s, v)`. */
function isCount(pkg: GoPackage, { node }: Access): boolean {
  const { tree } = pkg;
  const isStatement = (one: NodeId): boolean =>
    tree.kind(one) === Kind.IncDecStmt || tree.kind(one) === Kind.AssignStmt;
  let statement = node;
  for (let depth = 0; depth < 3 && !isStatement(statement); depth++) statement = tree.parent(statement) ?? 0;
  if (tree.kind(statement) === Kind.IncDecStmt) return true;
  if (tree.kind(statement) !== Kind.AssignStmt) return false;
  const [target, source] = [tree.lhs(statement)[0], tree.rhs(statement)[0]];
  if (target === undefined || source === undefined) return false;
  if (tree.op(statement) !== "=" && tree.op(statement) !== ":=") return tree.contains(target, node);
  return (
    tree.kind(source) === Kind.BinaryExpr &&
    pkg.text(source + 1) === pkg.text(target) &&
    pkg.text(node) === pkg.text(target)
  );
}

function memoryKind(both: readonly Access[]): RaceKind {
  if (both.some(({ what }) => what === "map")) return "map";
  if (both.some(({ cell, what }) => isElement(cell) || what === "append" || what === "copy")) return "slice";
  const cell = both[0]?.cell;
  const origin = cell === undefined ? undefined : rootOf(cell).origin;
  if (origin?.kind === "global") return "package variable";
  if (origin?.kind === "heap" || origin?.kind === "unknown") return "field";
  return both.some((one) => one.cell.parent !== undefined) ? "field" : "captured variable";
}

function isElement({ parent }: Cell): boolean {
  return (
    parent !== undefined &&
    parent.type?.kind === "array" &&
    parent.parent === undefined &&
    parent.origin?.kind !== "variable"
  );
}

/** The race in words. The place is the write, or the later of two. */
export function describeRace(pkg: GoPackage, race: FoundRace): RaceReport {
  const kind = kindOf(pkg, race);
  const [main, other] =
    race.later.isWrite || !race.earlier.isWrite ? [race.later, race.earlier] : [race.earlier, race.later];
  const name = nameOf(pkg, main, other);
  const related = [
    { place: pkg.place(other.node), message: `${verb(other)} ${whose(pkg, other.thread, main.thread)}` },
    ...[main, other].flatMap((one) =>
      one.via === undefined ? [] : [{ place: one.via.place, message: `${one.via.name} ${verb(one)} it here` }],
    ),
    ...startOf(pkg, main.thread, race.root),
    ...startOf(pkg, other.thread, race.root),
    ...race.others.flatMap((one) => [one.earlier, one.later].flatMap(({ thread }) => startOf(pkg, thread, one.root))),
  ];
  const line = lineOf(pkg, main.node, other.node);
  const message = `${name} is ${participle(main)} here while ${whose(pkg, other.thread, main.thread)} ${verb(other)} it ${line}: nothing orders the two`;
  return { kind, place: pkg.place(main.node), name, message, related: unique(related) };
}

function unique(related: RaceReport["related"]): RaceReport["related"] {
  const seen = new Set<string>();
  return related.filter(({ place }) => {
    const key = `${place.path}:${place.line}:${place.column}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Where the other place is, seen from one. */
function lineOf(pkg: GoPackage, here: NodeId, there: NodeId): string {
  const { path, line } = pkg.place(there);
  return path === pkg.place(here).path ? `on line ${line}` : `at ${path.slice(path.lastIndexOf("/") + 1)}:${line}`;
}

/** The plain access says it best; of an unnamed place, the variable that leads there. */
function nameOf(pkg: GoPackage, main: Access, other: Access): string {
  const both = main.isAtomic ? [other, main] : [main, other];
  for (const { node, frame, via } of both) {
    if (via !== undefined) return via.isVariable ? via.target : `${objectName(pkg, node)}.${via.target}`;
    const text = node === frame.code.node ? "" : objectName(pkg, node);
    if (text !== "" && text.length <= 40 && !text.includes("\n")) return text;
  }
  return rootOf(main.cell).origin?.symbol?.name ?? "a variable";
}

function participle({ isWrite, what }: Access): string {
  if (what === "close") return "closed";
  if (what === "send") return "sent on";
  if (what === "Add") return "added to";
  if (what === "Wait") return "waited for";
  return isWrite ? "written" : "read";
}

function verb({ isWrite, what }: Access): string {
  if (what === "close") return "closes";
  if (what === "send") return "sends on";
  if (what === "Add") return "adds to";
  if (what === "Wait") return "waits for";
  return isWrite ? "writes" : "reads";
}

/** Whose access it is, seen from the other one. */
function whose(pkg: GoPackage, thread: Thread, other: Thread): string {
  if (thread.started === undefined) return "the function that started it";
  const line = pkg.place(thread.started.node).line;
  const isTwin = other.started?.node === thread.started.node;
  if (thread.started.how === "handler") return "another request's handler";
  if (thread.started.how === "AfterFunc") return `the timer of line ${line}`;
  return isTwin ? `another goroutine of line ${line}` : `the goroutine of line ${line}`;
}

/** Where a thread was started, and the call in the function that was run which led there. */
function startOf(pkg: GoPackage, { started }: Thread, root: NodeId): { place: GoPlace; message: string }[] {
  if (started === undefined) return [];
  const places = [{ place: pkg.place(started.node), message: "the goroutine is started here" }];
  let frame = started.frame;
  let call: NodeId | undefined;
  while (frame.caller !== undefined) {
    const { callNode } = frame;
    if (callNode !== undefined && callNode !== root && pkg.tree.contains(root, callNode)) call = callNode;
    frame = frame.caller;
  }
  const isInside = pkg.tree.contains(root, started.node);
  if (!isInside && call !== undefined && call !== root) {
    places.push({ place: pkg.place(call), message: "reached by this call" });
  }
  return places;
}
