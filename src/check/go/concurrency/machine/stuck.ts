/** Threads that wait at the end of a run for what nobody will do any more. */

import type { Channel } from "./channel.ts";
import type { Run } from "./state.ts";
import { maxThreads, type Thread } from "./thread.ts";
import type { Cell } from "./value.ts";

/** Nothing is said where the run ended early, a thread died, or others may know of what is waited for. */
export function noteStuck(run: Run): void {
  if (!run.isQuiet || run.isOver || run.threads.length >= maxThreads) return;
  if (run.threads.some(({ hasCrashed }) => hasCrashed)) return;
  const known = run.incidents.length;
  for (const thread of run.threads) if (!thread.isDone) noteThread(run, thread);
  dropConsequences(run, known);
}

/** Who waits for a group of which a member is stuck on a lock or channel is not stuck for a reason of its own. */
function dropConsequences(run: Run, known: number): void {
  const found = run.incidents.splice(known);
  const causes = found.filter(
    ({ kind, object }) => kind !== "stuck" || object.kind === "channel" || object.sync?.kind === "lock",
  );
  run.incidents.push(...(causes.length > 0 ? causes : found));
}

function noteThread(run: Run, thread: Thread): void {
  const { blocked, frame } = thread;
  // What is left over when a function is left by a panic or Fatal is not the point then.
  if (thread.panic !== undefined || run.threads[0]?.panic !== undefined) return;
  const node = frame?.code.code[frame.pc]?.node;
  if (blocked === undefined || node === undefined) return;
  if (blocked.kind === "lock") {
    const held = thread.held.findLast(({ cell }) => cell === blocked.cell);
    const owner = run.threads.find((one) => one.held.some(({ cell }) => cell === blocked.cell));
    const taken = held ?? owner?.held.find(({ cell }) => cell === blocked.cell);
    const kind = owner?.isDone === true ? "owner ended" : "stuck";
    run.incident(held === undefined ? kind : "locked twice", thread, node, blocked.cell, taken?.node);
    return;
  }
  const object = awaited(run, thread);
  if (object !== undefined) run.incident("stuck", thread, node, object);
}

function awaited(run: Run, { blocked, started, pending }: Thread): Cell | Channel | undefined {
  if (run.hasLeft || run.decisions.hasGuessedLoop) return undefined;
  switch (blocked?.kind) {
    case "once":
      return blocked.cell;
    case "group":
    case "cond":
      return isClosed(blocked.cell) ? blocked.cell : undefined;
    case "channel": {
      // A goroutine that selects serves until it is told to end.
      if (started !== undefined && Array.isArray(pending)) return undefined;
      const isKnown = blocked.channels.every((one) => one !== undefined && !one.isEscaped);
      return isKnown ? blocked.channels[0] : undefined;
    }
    default:
      return undefined;
  }
}

/** Nobody outside of the run has it. */
function isClosed(cell: Cell): boolean {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return !root.isEscaped && !root.isUnknown && (root.origin?.kind === "variable" || root.origin?.kind === "heap");
}
