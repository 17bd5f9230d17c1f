/** What the runs showed about waiting: each kind of incident with the words for it. */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { memberName, objectName } from "./names.ts";
import { executionsOf, type FoundIncident, type FoundOrder } from "./races.ts";
import { waitsUnderLock } from "./held-waits.ts";
import { soloOf } from "./solo.ts";
import type { WaitReport } from "./wait-report.ts";
import type { Cell } from "./machine/value.ts";
import type { IncidentKind } from "./machine/state.ts";

/** Incidents of one kind in all runs, one for each place. */
function incidentsOf(pkg: GoPackage, kind: IncidentKind): readonly FoundIncident[] {
  const found = new Map<NodeId, FoundIncident>();
  for (const one of [...executionsOf(pkg).incidents, ...soloOf(pkg).incidents]) {
    if (one.kind === kind && !found.has(one.node)) found.set(one.node, one);
  }
  return [...found.values()];
}

/** Locks that are taken again by the goroutine that holds them. */
export function doubleLocks(pkg: GoPackage): WaitReport[] {
  return incidentsOf(pkg, "locked twice").map(({ node, related }) => {
    const name = objectName(pkg, node);
    const since = related === undefined ? "" : ` since line ${pkg.place(related).line}`;
    const message = `${name} is locked here by a goroutine that holds it${since}: it waits for itself for ever`;
    return { place: pkg.place(node), message, related: earlier(pkg, related, "locked here first") };
  });
}

export function recursiveReadLocks(pkg: GoPackage): WaitReport[] {
  return incidentsOf(pkg, "read locked twice").map(({ node, related }) => {
    const message = `${objectName(pkg, node)} is read-locked here by a goroutine that already holds it for reading: a writer that waits in between stops both`;
    return { place: pkg.place(node), message, related: earlier(pkg, related, "read-locked here first") };
  });
}

function earlier(pkg: GoPackage, node: NodeId | undefined, message: string): WaitReport["related"] {
  return node === undefined ? [] : [{ place: pkg.place(node), message }];
}

/** Locks that are kept for good: by a function that returns, or by a goroutine that ends. */
export function locksNotReleased(pkg: GoPackage): WaitReport[] {
  const ended = incidentsOf(pkg, "owner ended").flatMap(({ node, related }) => {
    if (related === undefined) return [];
    const name = objectName(pkg, related);
    const message = `${name} is locked here by a goroutine that ends without unlocking it: ${objectName(pkg, node)} is waited for on line ${pkg.place(node).line} for ever`;
    return [
      { place: pkg.place(related), message, related: [{ place: pkg.place(node), message: "this waits for ever" }] },
    ];
  });
  const told = new Set(ended.map(({ place }) => `${place.path}:${place.line}`));
  const kept = locksHeldAtReturn(pkg).filter(({ place, related }) => {
    return ![place, ...related.map((one) => one.place)].some(({ path, line }) => told.has(`${path}:${line}`));
  });
  return [...ended, ...kept];
}

/** Locks of longer life than the function that are still held at a return, where another way out gives them back. */
function locksHeldAtReturn(pkg: GoPackage): WaitReport[] {
  const { balanced, handedOver, orders } = soloOf(pkg);
  // Hand over hand, along a list or a tree: which object's lock is held at the end is not to be told by its type.
  const chained = new Set(
    orders.flatMap(({ first, second, frame }) =>
      lockKey(first.cell) === lockKey(second.cell) ? [frame.code.node] : [],
    ),
  );
  return incidentsOf(pkg, "held at return").flatMap(({ node, related, object, frame }) => {
    const name = object.kind === "cell" ? memberName(object)?.key : undefined;
    const isMeant = /lock|acquire|begin|enter|hold|start/i.test(frame.code.name);
    if (
      name === undefined ||
      related === undefined ||
      isMeant ||
      handedOver.has(name) ||
      chained.has(frame.code.node) ||
      !balanced.has(frame.code.node)
    ) {
      return [];
    }
    if (pkg.fileOf(node).isTest) return [];
    const message = `the function returns here with ${objectName(pkg, related)} locked since line ${pkg.place(related).line}: whoever locks it next waits for ever`;
    return [
      {
        place: pkg.tree.kind(node) === Kind.FuncDecl ? pkg.place(related) : pkg.place(node),
        message,
        related: earlier(pkg, related, "locked here"),
      },
    ];
  });
}

/** A lock's identity over runs: a field of a type, a package variable, or a variable of a function. */
function lockKey(cell: Cell): string | undefined {
  const member = memberName(cell);
  if (member !== undefined) return member.key;
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  const symbol = root.origin?.symbol;
  return symbol === undefined || root.origin?.kind !== "variable"
    ? undefined
    : `${symbol.decl}.${cell === root ? "" : cell.key}`;
}

/** Two locks that one place takes in one order and another place in the other. */
export function lockInversions(pkg: GoPackage): WaitReport[] {
  const orders = new Map<string, FoundOrder[]>();
  for (const order of [...executionsOf(pkg).orders, ...soloOf(pkg).orders]) {
    const [first, second] = [lockKey(order.first.cell), lockKey(order.second.cell)];
    if (
      first === undefined ||
      second === undefined ||
      first === second ||
      pkg.fileOf(order.second.node).isTest !== pkg.fileOf(order.root).isTest
    ) {
      continue;
    }
    const key = `${first} ${second}`;
    const known = orders.get(key);
    if (known === undefined) orders.set(key, [order]);
    else if (known.length < 20) known.push(order);
  }
  const reports: WaitReport[] = [];
  for (const [key, forward] of orders) {
    const [first = "", second = ""] = key.split(" ");
    const pair = first < second ? clash(forward, orders.get(`${second} ${first}`) ?? []) : undefined;
    if (pair !== undefined) reports.push(describeInversion(pkg, pair));
  }
  return reports;
}

/** Not if one goroutine does both, not if both hold a third lock, not if both only read what the other reads. */
function clash(forward: readonly FoundOrder[], backward: readonly FoundOrder[]): [FoundOrder, FoundOrder] | undefined {
  for (const one of forward) {
    for (const other of backward) {
      if (one.thread === other.thread || isStartedAfter(one, other) || isStartedAfter(other, one)) continue;
      if (isLocal(one.first.cell) && one.root !== other.root) continue;
      const isRead = one.second.isRead && other.first.isRead && one.first.isRead && other.second.isRead;
      const gates = one.held.map(lockKey).filter((gate) => gate !== lockKey(one.first.cell) && gate !== undefined);
      if (!isRead && !gates.some((gate) => other.held.map(lockKey).includes(gate))) return [one, other];
    }
  }
  return undefined;
}

function isLocal(cell: Cell): boolean {
  return memberName(cell) === undefined;
}

/** A thread does nothing beside what its starter did before. */
function isStartedAfter(one: FoundOrder, other: FoundOrder): boolean {
  return one.root === other.root && one.thread.started === undefined && other.thread.started === undefined;
}

function describeInversion(pkg: GoPackage, [one, other]: [FoundOrder, FoundOrder]): WaitReport {
  const [held, wanted] = [objectName(pkg, one.first.node), objectName(pkg, one.second.node)];
  const line = pkg.place(other.second.node).line;
  const message = `${wanted} is locked here while ${held} is held, and on line ${line} it is the other way round: two goroutines can wait for each other for ever`;
  return {
    place: pkg.place(one.second.node),
    message,
    related: [
      { place: pkg.place(one.first.node), message: `${held} is locked here` },
      { place: pkg.place(other.second.node), message: "the second lock of the other order" },
      { place: pkg.place(other.first.node), message: "the first lock of the other order" },
    ],
  };
}

/** Goroutines that wait for a wait group, a channel or a lock that nobody will ever serve. */
export function stuckOn(pkg: GoPackage, what: "group" | "channel"): WaitReport[] {
  const told = new Set(what === "channel" ? waitsUnderLock(pkg).map(({ place }) => `${place.path}:${place.line}`) : []);
  return incidentsOf(pkg, "stuck").flatMap((incident) => {
    const { object, node, related } = incident;
    const { path, line } = pkg.place(node);
    if (told.has(`${path}:${line}`)) return [];
    const kind = kindOf(object);
    if (kind !== what || pkg.tree.kind(node) === Kind.FuncDecl) return [];
    return [
      {
        place: pkg.place(node),
        message: stuckMessage(pkg, incident, kind),
        related: earlier(pkg, related, "it was locked here"),
      },
    ];
  });
}

function kindOf(object: FoundIncident["object"]): "group" | "channel" | "lock" {
  if (object.kind === "channel") return "channel";
  return object.sync?.kind === "lock" ? "lock" : "group";
}

function stuckMessage(
  pkg: GoPackage,
  { node, object, thread }: FoundIncident,
  kind: "group" | "channel" | "lock",
): string {
  const who =
    thread.started === undefined ? "the function" : `the goroutine of line ${pkg.place(thread.started.node).line}`;
  if (kind === "channel") {
    return `${who} waits here for ever: when everything else has ended, nobody is left on the other side of ${selected(pkg, node)}`;
  }
  if (kind === "lock") return `${who} waits here for ever: ${objectName(pkg, node)} is never unlocked again`;
  const count = object.kind === "cell" && object.sync?.kind === "group" ? ` with ${object.sync.counter} to go` : "";
  return `${who} waits here for ever: nobody is left to call Done on ${awaitedName(pkg, node, object)}${count}`;
}

/** What a deferred Wait waits for has no name at the return that runs it. */
function awaitedName(pkg: GoPackage, node: NodeId, object: FoundIncident["object"]): string {
  if (pkg.tree.kind(node) !== Kind.ReturnStmt || object.kind !== "cell") return objectName(pkg, node);
  let root = object;
  while (root.parent !== undefined) root = root.parent;
  return root.origin?.symbol?.name ?? "it";
}

function selected(pkg: GoPackage, node: NodeId): string {
  return pkg.tree.kind(node) === Kind.SelectStmt ? "any of these channels" : objectName(pkg, node);
}

/** Closing what is closed, sending on what is closed. */
export function channelPanics(pkg: GoPackage, kind: "closed twice" | "send on closed"): WaitReport[] {
  return incidentsOf(pkg, kind).map(({ node }) => {
    const name = objectName(pkg, node);
    const message =
      kind === "closed twice"
        ? `${name} is closed here, and it was closed before: this panics`
        : `this sends on ${name} when it is already closed: this panics`;
    return { place: pkg.place(node), message, related: [] };
  });
}
