/** Starting threads. */

import type { GoPackage } from "../../program.ts";
import type { NodeId } from "../../tree.ts";
import type { FuncCode, InstrOf } from "../code.ts";
import type { Spot } from "./places.ts";
import type { Thread } from "./thread.ts";
import { isObject, type Value } from "./value.ts";

/** Starts a thread that runs a function value. */
export function spawn(spot: Spot, fn: Value, args: readonly Value[], spread: boolean, how: string): Thread {
  const body = isObject(fn) && fn.kind === "func" ? fn : undefined;
  const thread = spot.run.newThread(spot.thread, spot.node, how, body);
  begin(thread, spot.frame.pkg, spot.node, fn, args, spread);
  return thread;
}

/** A thread's outermost frame only calls what the thread is to run, so that even that call can block. */
export function begin(
  thread: Thread,
  pkg: GoPackage,
  node: NodeId,
  fn: Value,
  args: readonly Value[],
  spread: boolean,
): void {
  const call: InstrOf<"call"> = {
    op: "call",
    node,
    to: [],
    fn: 0,
    args: args.map((_, at) => at + 1),
    spread,
    type: undefined,
  };
  const code: FuncCode = {
    name: "",
    node,
    symbol: undefined,
    outer: undefined,
    code: [call, { op: "return", node, values: [] }],
    params: [],
    variadic: false,
    results: [],
    resultTypes: [],
    captures: [],
    registers: args.length + 1,
    spawns: false,
  };
  thread.frame = {
    code,
    pkg,
    regs: [fn, ...args],
    caller: undefined,
    callNode: undefined,
    depth: 0,
    pc: 0,
    defers: [],
    to: [],
    returning: undefined,
    isReturning: false,
    isPanicking: false,
    turns: new Map(),
    onReturn: undefined,
    isDeferred: false,
    isGuessed: false,
  };
}
