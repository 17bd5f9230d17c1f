/**
 * The races of a package: which functions are run, how often, and what is kept of what they show. Bounded for each function
 * and for each package, so that a large package costs no more than its share.
 */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";
import { keepOutlines } from "./outlines.ts";
import { rootsOf } from "./roots.ts";
import { type Coverage, Decisions, type Schedule } from "./machine/decisions.ts";
import { runFunction } from "./machine/machine.ts";
import { maxThreads } from "./machine/thread.ts";
import type { HeldWait, Incident, LockOrder, Race, Run } from "./machine/state.ts";

/** A race, with the function that was run when it showed. */
export interface FoundRace extends Race {
  readonly root: NodeId;
  /** The same race seen from other functions that were run. */
  readonly others: FoundRace[];
}

/** Other functions that are remembered of one race. */
const maxOthers = 4;

export interface FoundIncident extends Incident {
  readonly root: NodeId;
}

export interface FoundOrder extends LockOrder {
  readonly root: NodeId;
}

export interface FoundWait extends HeldWait {
  readonly root: NodeId;
}

export interface Executions {
  readonly orders: readonly FoundOrder[];
  readonly waits: readonly FoundWait[];
  readonly races: readonly FoundRace[];
  readonly incidents: readonly FoundIncident[];
}

/** Instructions of one run; a function without loops that never end needs some hundreds. */
const stepsPerRun = 8000;
/** Instructions for a package: this many at least, and so many for each node of its tree. */
const minStepsPerPackage = 400_000;
const stepsPerNode = 1;

interface Plan {
  readonly schedule: Schedule;
  readonly isContrary: boolean;
  /** Only if the runs before had to guess. */
  readonly onlyAfterGuess: boolean;
}

const plans: readonly Plan[] = [
  { schedule: "starter first", isContrary: false, onlyAfterGuess: false },
  { schedule: "started first", isContrary: true, onlyAfterGuess: false },
  { schedule: "in turns", isContrary: true, onlyAfterGuess: false },
  { schedule: "starter first", isContrary: true, onlyAfterGuess: true },
  { schedule: "started first", isContrary: true, onlyAfterGuess: true },
];

/** Runs the package's functions that start threads. Once for all rules. */
export function executionsOf(pkg: GoPackage): Executions {
  return pkg.memo("concurrency executions", execute);
}

function execute(pkg: GoPackage): Executions {
  keepOutlines(pkg);
  const races = new Map<string, FoundRace>();
  const incidents = new Map<string, FoundIncident>();
  const unfinished: NodeId[] = [];
  const orders: FoundOrder[] = [];
  const waits: FoundWait[] = [];
  let left = Math.max(minStepsPerPackage, pkg.tree.size * stepsPerNode);
  const roots = rootsOf(pkg);
  for (const root of roots) {
    if (left <= 0) {
      unfinished.push(root);
      continue;
    }
    const coverage: Coverage = { taken: new Map() };
    let hasGuessed = false;
    for (const plan of plans) {
      if (plan.onlyAfterGuess && !hasGuessed) break;
      const decisions = new Decisions(plan.schedule, coverage, plan.isContrary);
      const run = runFunction({ pkg, func: root, decisions, steps: stepsPerRun });
      left -= stepsPerRun - run.stepsLeft;
      hasGuessed ||= decisions.hasGuessed;
      keep(run, root, races, incidents);
      orders.push(...run.lockOrders.map((one) => ({ ...one, root })));
      waits.push(...run.heldWaits.map((one) => ({ ...one, root })));
      // More threads than are run, or nobody knows how many: what each of them does is seen when it is run by itself.
      const isCutShort = run.threads.length >= maxThreads || decisions.hasGuessedLoop;
      if (isCutShort) roots.push(...fannedOut(pkg, root).filter((one) => !roots.includes(one)));
      // One thread alone, with nothing to guess or no end in sight: other schedules show nothing else.
      if (run.threads.length === 1 && (!hasGuessed || run.stepsLeft <= 0)) break;
    }
  }
  tellUnfinished(pkg, unfinished);
  return { orders, waits, races: [...races.values()], incidents: [...incidents.values()] };
}

/** Functions that a loop starts as goroutines, again and again. */
function fannedOut({ tree }: GoPackage, root: NodeId): NodeId[] {
  return tree.all(Kind.GoStmt, root).flatMap((statement) => {
    const callee = tree.callee(statement + 1);
    const loop = tree.enclosing(statement, Kind.ForStmt, Kind.RangeStmt, Kind.FuncLit, Kind.FuncDecl);
    const isInLoop = loop !== undefined && (tree.kind(loop) === Kind.ForStmt || tree.kind(loop) === Kind.RangeStmt);
    return isInLoop && tree.kind(callee) === Kind.FuncLit ? [callee] : [];
  });
}

/** In one line for the package: a large one has hundreds of them. */
function tellUnfinished(pkg: GoPackage, unfinished: readonly NodeId[]): void {
  const [first] = unfinished;
  if (first === undefined) return;
  const { path, line } = pkg.place(first);
  const functions = unfinished.length === 1 ? "a function" : `${unfinished.length} functions`;
  const reason = `${functions} of package ${pkg.name} not searched for races and deadlocks: the package is too large`;
  pkg.leaveOut({ path, line, reason });
}

function keep(run: Run, root: NodeId, races: Map<string, FoundRace>, incidents: Map<string, FoundIncident>): void {
  for (const race of run.races) {
    const [low, high] = [race.earlier.node, race.later.node].toSorted((a, b) => a - b);
    const key = `${low}:${high}`;
    const known = races.get(key);
    if (known === undefined) races.set(key, { ...race, root, others: [] });
    else if (known.root !== root && known.others.length < maxOthers && known.others.every((one) => one.root !== root)) {
      known.others.push({ ...race, root, others: [] });
    }
  }
  for (const incident of run.incidents) {
    const isPanic = incident.kind === "closed twice" || incident.kind === "send on closed";
    if (isPanic && !incident.thread.hasCrashed) continue;
    const key = `${incident.kind}:${incident.node}`;
    if (!incidents.has(key)) incidents.set(key, { ...incident, root });
  }
}
