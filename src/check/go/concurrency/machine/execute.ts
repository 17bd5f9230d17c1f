/** One instruction. */

import type { Instr } from "../code.ts";
import { builtinStep } from "./builtins.ts";
import { type Call, invoke, returnStep } from "./calls.ts";
import {
  assertStep,
  binaryStep,
  compositeStep,
  convertStep,
  declareStep,
  derefStep,
  fieldStep,
  indexStep,
  isStep,
  loadStep,
  renewStep,
  sliceStep,
  storeStep,
  unaryStep,
} from "./data-steps.ts";
import { branchStep, nextStep, rangeStep, receiveStep, sendStep } from "./flow-steps.ts";
import { selectStep } from "./select-step.ts";
import { globalStep } from "./globals.ts";
import { library } from "./library/library.ts";
import { functionValue, methodStep } from "./methods.ts";
import { fresh, type Spot } from "./places.ts";
import { spawn } from "./start.ts";
import { get, set } from "./state.ts";
import { type Frame, maxThreads } from "./thread.ts";
import type { FuncValue } from "./value.ts";

export function execute(spot: Spot, i: Instr): void {
  const { frame, run } = spot;
  switch (i.op) {
    case "const":
      return set(frame, i.to, i.value);
    case "zero":
      return set(frame, i.to, run.memory.zeroOf(i.type));
    case "unknown":
      return set(frame, i.to, fresh(spot, i.type));
    case "declare":
      return declareStep(spot, i);
    case "renew":
      return renewStep(spot, i);
    case "global":
      return globalStep(spot, i);
    case "load":
      return loadStep(spot, i);
    case "store":
      return storeStep(spot, i);
    case "field":
      return fieldStep(spot, i);
    case "index":
      return indexStep(spot, i);
    case "deref":
      return derefStep(spot, i);
    case "slice":
      return sliceStep(spot, i);
    case "unary":
      return unaryStep(spot, i);
    case "binary":
      return binaryStep(spot, i);
    case "convert":
      return convertStep(spot, i);
    case "composite":
      return compositeStep(spot, i);
    case "assert":
      return assertStep(spot, i);
    case "is":
      return isStep(spot, i);
    default:
      return executeControl(spot, i);
  }
}

type DataOps =
  | "const"
  | "zero"
  | "unknown"
  | "declare"
  | "renew"
  | "global"
  | "load"
  | "store"
  | "field"
  | "index"
  | "deref"
  | "slice"
  | "unary"
  | "binary"
  | "convert"
  | "composite"
  | "assert"
  | "is";
type ControlInstr = Exclude<Instr, { op: DataOps }>;

function executeControl(spot: Spot, i: ControlInstr): void {
  const { frame } = spot;
  switch (i.op) {
    case "jump":
      frame.pc = i.target;
      return undefined;
    case "branch":
      return branchStep(spot, i);
    case "range":
      return rangeStep(spot, i);
    case "next":
      return nextStep(spot, i);
    case "closure":
      return set(frame, i.to, closure(frame, i));
    case "function":
      return set(frame, i.to, functionValue(frame.pkg, i.key, i.name, i.type));
    case "method":
      return methodStep(spot, i);
    case "builtin":
      return builtinStep(spot, i);
    case "send":
      return sendStep(spot, i);
    case "receive":
      return receiveStep(spot, i);
    case "select":
      return selectStep(spot, i);
    case "return":
      return returnStep(spot, i);
    default:
      return executeCall(spot, i);
  }
}

function executeCall(spot: Spot, i: Extract<Instr, { op: "call" | "go" | "defer" }>): void {
  const { frame, run } = spot;
  const fn = get(frame, i.fn);
  const args = i.args.map((reg) => get(frame, reg));
  if (i.op === "defer") {
    frame.defers.push({ fn, args, node: i.node, spread: i.spread });
    return;
  }
  if (i.op === "go") {
    if (run.threads.length >= maxThreads) return;
    const started = spawn(spot, fn, args, i.spread, "go");
    if (run.decisions.schedule === "started first") run.preferred = started;
    return;
  }
  const call: Call = { fn, args, to: i.to, spread: i.spread, type: i.type, isDeferred: false };
  invoke(spot, library, call);
}

function closure(frame: Frame, { code }: Extract<Instr, { op: "closure" }>): FuncValue {
  return {
    kind: "func",
    name: code.name,
    key: undefined,
    code,
    pkg: frame.pkg,
    captured: code.captures.map(({ from }) => get(frame, from)),
    receiver: undefined,
    type: undefined,
  };
}
