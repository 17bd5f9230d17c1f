/** Calling, starting and returning from functions; deferred calls and panics. */

import type { GoType } from "../../symbols.ts";
import type { InstrOf, Reg } from "../code.ts";
import { elementsOf, fresh, load, makeSlice, nilFault, type Spot } from "./places.ts";
import { applyOutline, outlineOf } from "./outline.ts";
import { joinAll, waitForQuiet } from "./quiet.ts";
import { kidOf } from "./memory.ts";
import { escape } from "./escape.ts";
import { acquire, get, release, set } from "./state.ts";
import type { Frame, Thread } from "./thread.ts";
import { syncOf } from "./sync-state.ts";
import { type Cell, type FuncValue, isObject, type Value } from "./value.ts";

/** Calls nest no deeper; what is called deeper is an unknown function. */
const maxDepth = 20;

export interface Call {
  readonly fn: Value;
  readonly args: readonly Value[];
  readonly to: readonly Reg[];
  readonly spread: boolean;
  readonly type: GoType | undefined;
  readonly isDeferred: boolean;
  /** Nobody knows whether, when and where it is called. */
  readonly isGuessed?: boolean;
  readonly onReturn?: (results: readonly Value[]) => void;
}

/**
 * What a known library function does: its results, or `undefined` for unknown ones. "again": the thread is blocked.
 * "called": a frame was pushed that gives the results. "unknown": treat it as any other function.
 */
export type LibraryFunction = (
  spot: Spot,
  call: Call,
  receiver: Value,
  args: readonly Value[],
) => readonly Value[] | "again" | "called" | "unknown" | undefined;

export type Library = (key: string, name: string, receiver: Value) => LibraryFunction | undefined;

/** Calls a function value: the library's, one with code, or one of which nothing is known. */
export function invoke(spot: Spot, library: Library, call: Call): void {
  const { fn } = call;
  if (fn === undefined) return nilFault(spot);
  if (!isObject(fn) || fn.kind !== "func") return unknownCall(spot, library, call, undefined);
  const receiver = fn.receiver?.value;
  const known = fn.code !== undefined && fn.key === undefined ? undefined : library(fn.key ?? "", fn.name, receiver);
  const results = known === undefined ? "unknown" : known(spot, call, receiver, call.args);
  if (results === "again" || results === "called") return;
  if (results !== "unknown") return giveResults(spot, call, results ?? []);
  const depth = spot.thread.frame?.depth ?? 0;
  if (fn.code === undefined || fn.pkg === undefined || depth >= maxDepth) return unknownCall(spot, library, call, fn);
  push(spot, fn, call);
}

/** A new frame on the thread for a function with code. */
export function push(spot: Spot, fn: FuncValue, call: Call): void {
  const { code, pkg } = fn;
  if (code === undefined || pkg === undefined) return;
  const caller = spot.thread.frame;
  const frame: Frame = {
    code,
    pkg,
    regs: [],
    caller,
    callNode: spot.node,
    depth: (caller?.depth ?? 0) + 1,
    pc: 0,
    defers: [],
    to: call.to,
    returning: undefined,
    isReturning: false,
    isPanicking: false,
    turns: new Map(),
    onReturn: call.onReturn,
    isDeferred: call.isDeferred,
    isGuessed: call.isGuessed ?? false,
  };
  const given = fn.receiver === undefined ? call.args : [fn.receiver.value, ...call.args];
  const args = code.variadic && !call.spread ? packed(spot, given, code.params.length) : given;
  for (const [at, reg] of code.params.entries()) {
    set(frame, reg, at < args.length ? args[at] : spot.run.memory.unknown(undefined));
  }
  for (const [at, { to }] of code.captures.entries()) set(frame, to, fn.captured[at]);
  spot.thread.frame = frame;
}

/** The last arguments as a slice. */
function packed(spot: Spot, args: readonly Value[], count: number): readonly Value[] {
  const rest = args.slice(count - 1);
  const slice = makeSlice(undefined, rest.length, rest.length, spot.node);
  for (const [at, value] of rest.entries()) {
    const isWhole = isObject(value) && value.kind === "aggregate";
    const cell = kidOf(slice.array, at, isWhole ? value.cell.type : undefined, spot.run.memory);
    spot.run.memory.write(cell, value);
  }
  return [...args.slice(0, count - 1), slice];
}

/** Hands a library function's results to the registers that wait for them. */
function giveResults(spot: Spot, call: Call, results: readonly Value[]): void {
  const frame = spot.frame;
  for (const [at, reg] of call.to.entries()) {
    const type = call.type?.kind === "tuple" ? call.type.results[at] : call.type;
    set(frame, reg, at < results.length ? results[at] : fresh(spot, type));
  }
}

/** Packages whose functions neither keep their arguments nor wait for anybody. */
const purePackages =
  /^(?:fmt|strings|strconv|errors|sort|slices|maps|math|math\/\w+|unicode|unicode\/\w+|bytes|time|path|path\/filepath|log|log\/slog|regexp|hash|hash\/\w+|encoding\/\w+|crypto\/\w+|runtime|testing|unsafe|cmp|html|net\/url|text\/\w+|bufio)\./;

/**
 * A function of which nothing is known may wait for others through what it is given, so everything given, and its receiver,
 * hands on what threads know. Functions it is given are taken to be called once, before it returns.
 */
function unknownCall(spot: Spot, library: Library, call: Call, fn: FuncValue | undefined): void {
  const outline = fn === undefined ? undefined : outlineOf(spot, fn);
  const isPure = outline !== undefined || (fn?.key !== undefined && purePackages.test(fn.key));
  const given = fn?.receiver === undefined ? call.args : [fn.receiver.value, ...call.args];
  if (!isPure && call.args.some(isChannel)) {
    if (!waitForQuiet(spot)) return;
    joinAll(spot);
  }
  for (const value of given) {
    escape(value);
    if (!isPure) passThrough(spot, value);
  }
  if (!isPure && given.some(isOurs)) spot.run.hasLeft = true;
  if (fn !== undefined && outline !== undefined) applyOutline(spot, outline, fn, call.args);
  else if (fn !== undefined) elementsOf(spot, fn.name, call.args);
  giveResults(spot, call, []);
  for (const value of call.args) {
    if (!isObject(value) || value.kind !== "func" || value.code === undefined) continue;
    invoke({ ...spot, frame: spot.thread.frame ?? spot.frame }, library, {
      ...call,
      fn: value,
      args: [],
      to: [],
      spread: false,
      isDeferred: false,
      isGuessed: !callsAtOnce(fn),
    });
  }
}

/** Functions of the standard library that call what they are given before they return. */
const callingFunctions =
  /^(?:sort|slices|maps|strings|bytes|fmt|path\/filepath|regexp|io\/fs|go\/ast|text\/\w+|sync\.Map|iter|expvar)\./;
/** Words that say so of others. */
const callingNames =
  /^(?:(?:Range|Each|ForEach|Walk|Visit|Iter|Map|Filter|Sort|Find|Ascend|Descend|View|With|Retry)(?![a-z])|(?:Do|Run|Try|Update)$)/;

/** Whether a function calls those that it is given before it returns, as far as its name says. */
function callsAtOnce(fn: FuncValue | undefined): boolean {
  return fn !== undefined && (callingFunctions.test(fn.key ?? "") || callingNames.test(fn.name));
}

/** Who is given a channel most likely waits on it. */
function isChannel(value: Value): boolean {
  return isObject(value) && value.kind === "channel";
}

/** Something that the called function could do things with: ours, or a function of ours. */
function isOurs(value: Value): boolean {
  if (!isObject(value) || value.kind === "unknown" || value.kind === "opaque") return false;
  return value.kind !== "cell" || !isForeign(value);
}

/** Part of what nobody knows where it comes from. Whatever of ours was stored there counts as given away since then. */
function isForeign(cell: Cell): boolean {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root.origin?.kind === "unknown";
}

function passThrough({ thread }: Spot, value: Value): void {
  if (!isObject(value)) return;
  if (value.kind === "unknown") {
    acquire(thread, value.clock);
    release(thread, value.clock);
  } else if (value.kind === "cell" || value.kind === "channel") {
    const { released } = syncOf(value.kind === "channel" ? value.cell : passHolder(value), "plain");
    acquire(thread, released);
    release(thread, released);
  }
}

/** A cell that has a state of its own (a lock given to a helper) keeps it: nothing is handed on then. */
function passHolder(cell: Cell): { sync: Cell["sync"] } {
  return cell.sync === undefined || cell.sync.kind === "plain" ? cell : { sync: undefined };
}

/** Ends a frame step by step: deferred calls, then results to the caller. Called until the frame is gone. */
export function finishFrame(spot: Spot, library: Library): void {
  const { frame, thread } = spot;
  const deferred = frame.defers.pop();
  if (deferred !== undefined) {
    const { fn, args, node, spread } = deferred;
    const at: Spot = { ...spot, node };
    invoke(at, library, { fn, args, to: [], spread, type: undefined, isDeferred: true });
    if (thread.blocked !== undefined) frame.defers.push(deferred);
    return;
  }
  thread.frame = frame.caller;
  if (thread.isPanicking && frame.isPanicking) {
    propagate(thread);
    return;
  }
  const results = resultsOf(spot);
  frame.onReturn?.(results);
  if (frame.caller?.caller === undefined && thread.id === 0) for (const value of results) escape(value);
  if (frame.code.symbol !== undefined) noteHeld(spot);
  if (frame.caller !== undefined) for (const [at, reg] of frame.to.entries()) set(frame.caller, reg, results[at]);
  if (thread.frame === undefined) thread.isDone = true;
}

/** A function returns: the locks that it took itself should be free. */
function noteHeld({ run, frame, thread }: Spot): void {
  const node = frame.code.code[frame.pc - 1]?.node;
  if (node === undefined) return;
  let isFree = true;
  for (const { cell, frame: taker, node: taken } of thread.held) {
    if (taker !== frame) continue;
    isFree = false;
    run.incidents.push({ kind: "held at return", thread, frame, node, object: cell, related: taken });
  }
  if (isFree) run.balanced.add(frame.code.node);
}

/** The panic reaches the caller, or ends the thread. */
function propagate(thread: Thread): void {
  const { frame } = thread;
  if (frame === undefined) {
    thread.isDone = true;
    thread.hasCrashed = thread.panic?.value !== "exit";
    return;
  }
  frame.isReturning = true;
  frame.isPanicking = true;
}

/** Starts to unwind the thread's innermost frame. */
export function startPanic(thread: Thread): void {
  thread.isPanicking = true;
  propagate(thread);
}

/** `recover()`: works in a function that was deferred by the panicking one. */
export function recoverPanic(thread: Thread, isExit: boolean): Value {
  const frame = thread.frame;
  const below = frame?.isDeferred === true ? frame.caller : undefined;
  if (below === undefined || !below.isPanicking || !thread.isPanicking || isExit) return undefined;
  below.isPanicking = false;
  thread.isPanicking = false;
  const value = thread.panic?.value;
  thread.panic = undefined;
  return value;
}

function resultsOf(spot: Spot): readonly Value[] {
  const { frame } = spot;
  const { code } = frame;
  if (code.results.length > 0) {
    const node = code.code[frame.pc - 1]?.node ?? code.node;
    return code.results.map((place) => load({ ...spot, node }, get(frame, place)));
  }
  return frame.returning ?? [];
}

/** The place that results are read at: the return statement where it is known. */
export function returnStep({ frame }: Spot, { values }: InstrOf<"return">): void {
  frame.returning = values.map((reg) => get(frame, reg));
  frame.isReturning = true;
}
