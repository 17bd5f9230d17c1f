/**
 * Runs a function's code once: one schedule, one way through what is not known, on virtual time. What comes out are the
 * accesses that race in that run by the order that synchronisation gives, whoever happened to be first.
 */

import type { GoPackage } from "../../program.ts";
import { codeOf } from "../lower/lower.ts";
import { finishFrame, startPanic } from "./calls.ts";
import type { Decisions } from "./decisions.ts";
import { execute } from "./execute.ts";
import { library } from "./library/library.ts";
import { fireTimer } from "./library/time.ts";
import { begin } from "./start.ts";
import { type Observer, Run } from "./state.ts";
import { noteStuck } from "./stuck.ts";
import { maxThreads, type Thread } from "./thread.ts";
import type { FuncValue, Value } from "./value.ts";

/** Instructions before another thread gets its turn. */
const turnSteps = 400;
const shortTurnSteps = 5;
/** Turns without anybody at rest before time goes on. */
const turnsUntilTime = 8;

export interface RunOptions {
  readonly pkg: GoPackage;
  readonly func: number;
  readonly decisions: Decisions;
  readonly steps: number;
  readonly observer?: Observer;
}

/** Runs a FuncDecl of the package with unknown arguments. */
export function runFunction({ pkg, func, decisions, steps, observer }: RunOptions): Run {
  const run = new Run(pkg, decisions, steps, observer);
  const code = codeOf(pkg, func);
  if (code === undefined) return run;
  const main = run.newThread(undefined, func, "main", undefined);
  const body: FuncValue = {
    kind: "func",
    name: code.name,
    key: undefined,
    code,
    pkg,
    captured: [],
    receiver: undefined,
    type: undefined,
  };
  const args: Value[] = code.params.map(() => run.memory.unknown(undefined));
  begin(main, pkg, func, body, args, true);
  schedule(run);
  noteStuck(run);
  return run;
}

function schedule(run: Run): void {
  let last: Thread | undefined = run.threads[0];
  let lastTime = run.now;
  let turns = 0;
  while (!run.isOver && run.stepsLeft > 0) {
    const thread = pick(run, last) ?? wake(run);
    if (thread === undefined) {
      run.isQuiet = true;
      return;
    }
    last = thread;
    takeTurn(run, thread);
    if (lastTime !== run.now) [lastTime, turns] = [run.now, 0];
    else if ((turns += 1) % turnsUntilTime === 0) passTime(run);
  }
}

/** Also where somebody is always busy, sleepers wake one day. */
function passTime(run: Run): void {
  const times = run.threads.flatMap((one) => (!one.isDone && isTimed(run, one) ? [timeOf(one)] : []));
  if (times.length > 0) run.now = Math.max(Math.min(...times), run.now + 1);
}

/** Who is next: the thread that was asked for, or the others in the order that the schedule wants. */
function pick(run: Run, last: Thread | undefined): Thread | undefined {
  const { preferred, threads } = run;
  run.preferred = undefined;
  if (preferred !== undefined && canRun(run, preferred)) return preferred;
  const start = (last?.id ?? 0) + (run.isTurnOver || run.decisions.schedule === "in turns" ? 1 : 0);
  run.isTurnOver = false;
  for (let at = 0; at < threads.length; at++) {
    const thread = threads[(start + at) % threads.length];
    if (thread !== undefined && canRun(run, thread)) return thread;
  }
  return undefined;
}

function canRun(run: Run, thread: Thread): boolean {
  if (thread.isDone || thread.wakeAt > run.now || thread.id >= maxThreads) return false;
  return thread.blocked === undefined || thread.canGoOn?.() === true;
}

/** Nothing can go on: time does, or something comes from outside, or what was kept for the end. */
function wake(run: Run): Thread | undefined {
  const waiting = run.threads.filter(({ isDone, id }) => !isDone && id < maxThreads);
  const quiet = waiting.find(({ blocked, pending }) => blocked?.kind === "quiet" && pending === "quiet");
  if (quiet !== undefined && !waiting.some((one) => isTimed(run, one))) return release(quiet);
  const times = waiting.flatMap((one) => (isTimed(run, one) ? [timeOf(one)] : [])).toSorted((a, b) => a - b);
  const [next] = times;
  if (next !== undefined) {
    run.now = Math.max(next, run.now + 1);
    return pick(run, undefined);
  }
  const outside = waiting.find(isServedOutside);
  if (outside !== undefined) return release(outside);
  const vague = waiting.find(({ blocked, pending }) => blocked?.kind === "quiet" && pending === "vague");
  if (vague !== undefined) return release(vague);
  for (const start of run.late.splice(0)) start();
  return pick(run, undefined);
}

/** Waits for something that others may do of whom nothing is known. */
function isServedOutside({ blocked }: Thread): boolean {
  if (blocked?.kind === "external") return true;
  return blocked?.kind === "channel" && blocked.channels.some((one) => one?.isEscaped === true);
}

function isTimed(run: Run, { blocked, wakeAt }: Thread): boolean {
  return blocked?.kind === "sleep" || wakeAt > run.now;
}

function timeOf({ blocked, wakeAt }: Thread): number {
  return blocked?.kind === "sleep" ? blocked.until : wakeAt;
}

function release(thread: Thread): Thread {
  thread.blocked = undefined;
  thread.canGoOn = undefined;
  return thread;
}

function takeTurn(run: Run, thread: Thread): void {
  release(thread);
  if (thread.frame === undefined) {
    if (!fireTimer(thread)) thread.isDone = true;
    thread.steps += 1;
    run.stepsLeft -= 1;
    return;
  }
  const steps = run.decisions.schedule === "in turns" ? shortTurnSteps : turnSteps;
  run.isTurnOver = false;
  for (let step = 0; step < steps && thread.blocked === undefined && !thread.isDone; step++) {
    if (run.stepsLeft-- <= 0 || run.isOver || run.isTurnOver || run.preferred !== undefined) return;
    thread.steps += 1;
    stepOnce(run, thread);
  }
  run.isTurnOver = true;
}

function stepOnce(run: Run, thread: Thread): void {
  const { frame } = thread;
  if (frame === undefined) {
    thread.isDone = true;
    return;
  }
  if (frame.isReturning) finishFrame({ run, thread, frame, node: frame.code.node }, library);
  else {
    const instruction = frame.code.code[frame.pc];
    if (instruction === undefined) {
      frame.isReturning = true;
      return;
    }
    frame.pc += 1;
    execute({ run, thread, frame, node: instruction.node }, instruction);
  }
  if (thread.panic !== undefined && !thread.isPanicking) startPanic(thread);
}
