/** A goroutine that works on every tick and never ends, although somebody stops the ticker, or cancels, or closes. */

import { calleeName, callsTo } from "../../../go/idiom/calls.ts";
import { isEndless, leaves, withinOf } from "../../../go/idiom/control.ts";
import { functionsAround, inMain, inTest, parameterOf } from "../../../go/idiom/surroundings.ts";
import { outer } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import { isNamed, pointee, type GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";
import type { Confidence } from "../../../finding.ts";

export const rule: GoRule = {
  meta: {
    id: "go/ticker-loop-without-end",
    title: "a loop over ticks that never ends",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const { func, starter } of goroutines(pkg)) {
      if (inTest(pkg, starter) || inMain(pkg, starter)) continue;
      for (const loop of [...withinOf(pkg.tree, func, Kind.ForStmt), ...withinOf(pkg.tree, func, Kind.RangeStmt)]) {
        const tickers = ticking(pkg, loop);
        const end =
          tickers === undefined || leaves(pkg, loop, loop) ? undefined : expectedEnd(pkg, func, starter, tickers);
        if (end === undefined) continue;
        report(pkg.place(loop, pkg.tree.from(loop), pkg.tree.from(loop) + 3), {
          message: `this loop never ends: ${end.reason}`,
          why: "The goroutine, and all it refers to, stays until the program ends; each start adds one.",
          confidence: end.confidence,
        });
      }
    }
  },
};

interface Started {
  /** The literal or the declaration that runs as a goroutine. */
  readonly func: NodeId;
  /** The go statement. */
  readonly starter: NodeId;
}

/** The functions of this package that it starts as goroutines, each with one place where it does. */
function goroutines(pkg: GoPackage): Started[] {
  const { tree } = pkg;
  const found = new Map<NodeId, Started>();
  for (const starter of tree.all(Kind.GoStmt)) {
    const call = tree.child(starter, Role.Call);
    const func = call === undefined ? undefined : startedFunction(pkg, call);
    if (func !== undefined && !found.has(func)) found.set(func, { func, starter });
  }
  return [...found.values()];
}

function startedFunction(pkg: GoPackage, call: NodeId): NodeId | undefined {
  const target = pkg.callOf(call);
  if (target?.kind === "closure") return target.func;
  return target?.kind === "static" ? pkg.funcDecl(target.symbol) : undefined;
}

/** The tickers that a loop waits for and nothing else; empty for time.Tick and time.Sleep; `undefined`: it is no such loop. */
function ticking(pkg: GoPackage, loop: NodeId): GoSymbol[] | undefined {
  const { tree } = pkg;
  if (tree.kind(loop) === Kind.RangeStmt) {
    const x = tree.x(loop);
    return x === undefined ? undefined : tickerOf(pkg, x);
  }
  const body = tree.body(loop);
  if (body === undefined || !isEndless(pkg, loop)) return undefined;
  for (const stmt of tree.stmts(body)) {
    const waits = waitsForTicks(pkg, stmt);
    if (waits !== undefined) return waits;
  }
  return undefined;
}

/** The tickers of `<-t.C`, of a select of such cases only, of time.Sleep. */
function waitsForTicks(pkg: GoPackage, stmt: NodeId): GoSymbol[] | undefined {
  const { tree } = pkg;
  if (tree.kind(stmt) === Kind.SelectStmt) {
    const clauses = tree.stmts(tree.body(stmt) ?? stmt).map((clause) => tree.child(clause, Role.Comm));
    const tickers = clauses.map((comm) => (comm === undefined ? undefined : receivedTicker(pkg, comm)));
    return tickers.length > 0 && tickers.every((found) => found !== undefined) ? tickers.flat() : undefined;
  }
  if (tree.kind(stmt) !== Kind.ExprStmt && tree.kind(stmt) !== Kind.AssignStmt) return undefined;
  const x = tree.x(stmt);
  if (x !== undefined && tree.kind(x) === Kind.CallExpr) return calleeName(pkg, x) === "time.Sleep" ? [] : undefined;
  return receivedTicker(pkg, stmt);
}

function receivedTicker(pkg: GoPackage, comm: NodeId): GoSymbol[] | undefined {
  const { tree } = pkg;
  const value = tree.kind(comm) === Kind.AssignStmt ? tree.rhs(comm)[0] : tree.x(comm);
  if (value === undefined || tree.kind(value) !== Kind.UnaryExpr || tree.op(value) !== "<-") return undefined;
  const channel = tree.x(value);
  return channel === undefined ? undefined : tickerOf(pkg, channel);
}

/** The ticker of `t.C`; none for `time.Tick(d)`. */
function tickerOf(pkg: GoPackage, channel: NodeId): GoSymbol[] | undefined {
  const { tree } = pkg;
  if (tree.kind(channel) === Kind.CallExpr) return calleeName(pkg, channel) === "time.Tick" ? [] : undefined;
  const ticker = tree.kind(channel) === Kind.SelectorExpr ? tree.x(channel) : undefined;
  if (ticker === undefined || !isNamed(pkg.typeOf(ticker), "time.Ticker") || !pkg.text(channel).endsWith(".C")) {
    return undefined;
  }
  const symbol = pkg.symbol(ticker);
  return symbol === undefined ? [] : [symbol];
}

interface ExpectedEnd {
  readonly reason: string;
  readonly confidence: Confidence;
}

/** What shows that the goroutine was meant to end. */
function expectedEnd(
  pkg: GoPackage,
  func: NodeId,
  starter: NodeId,
  tickers: readonly GoSymbol[],
): ExpectedEnd | undefined {
  const stop = tickers.flatMap((ticker) => stopsElsewhere(pkg, ticker, func))[0];
  if (stop !== undefined) {
    return { reason: `Stop at line ${pkg.place(stop).line} does not close the ticker's channel`, confidence: "high" };
  }
  const around = [func, ...functionsAround(pkg, starter)];
  const context = around.map((node) => parameterOf(pkg, node, "context.Context")).find((name) => name !== undefined);
  if (context !== undefined) return { reason: `it does not look at ${pkg.text(context)}.Done()`, confidence: "medium" };
  const method = around.map((node) => closingMethod(pkg, node)).find((name) => name !== undefined);
  return method === undefined ? undefined : { reason: `${method} has no way to end it`, confidence: "medium" };
}

/** Calls of Stop on the ticker outside of the goroutine. */
function stopsElsewhere(pkg: GoPackage, ticker: GoSymbol, func: NodeId): NodeId[] {
  const { tree } = pkg;
  return callsTo(pkg, ["time.Ticker.Stop"]).filter((call) => {
    const callee = tree.callee(call);
    const x = tree.x(callee);
    return x !== undefined && pkg.symbol(x) === ticker && !tree.contains(func, call) && outer(tree, call) !== undefined;
  });
}

/** `c.Close`, if the function is a method of a type that can be closed. */
function closingMethod(pkg: GoPackage, func: NodeId): string | undefined {
  const { tree } = pkg;
  const receiver = tree.kind(func) === Kind.FuncDecl ? tree.child(func, Role.Recv) : undefined;
  const field = receiver === undefined ? undefined : tree.child(receiver, Role.Field);
  const type = field === undefined ? undefined : tree.type(field);
  const named = type === undefined ? undefined : pointee(pkg.typeOf(type));
  const method = named?.methods?.find(({ name }) => /^(?:Close|Stop|Shutdown)$/u.test(name));
  return method === undefined || named === undefined ? undefined : `${named.name}.${method.name}`;
}
