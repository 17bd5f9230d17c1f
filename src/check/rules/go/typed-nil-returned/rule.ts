/** A nil pointer that becomes an interface, and is not nil any more. */

import { endsIn } from "../../../go/idiom/control.ts";
import { parameters } from "../../../go/idiom/surroundings.ts";
import { calleeText } from "../../../go/idiom/calls.ts";
import { comparesWithNil, knownNotNil, localVariable, outer, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol, GoType } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";
import type { Confidence } from "../../../finding.ts";

export const rule: GoRule = {
  meta: {
    id: "go/typed-nil-returned",
    title: "a nil pointer made an interface",
    category: "nil",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    summarize(pkg);
    for (const { value, type } of [...returned(pkg), ...assigned(pkg)]) {
      if (type?.underlying?.kind !== "interface") continue;
      const nil = typedNil(pkg, value);
      if (nil === undefined) continue;
      report(pkg.place(value), {
        message: `${nil.what} may be a nil ${nil.type}, and as ${type.text} it is not nil: a comparison with nil says there is something`,
        why: "An interface is nil only without a type; with a nil pointer in it, it has one.",
        confidence: isAny(type) ? "low" : nil.confidence,
      });
    }
  },
};

interface Converted {
  readonly value: NodeId;
  readonly type: GoType | undefined;
}

function isAny(type: GoType): boolean {
  return type.underlying?.methods?.length === 0;
}

/** Values of return statements with the type of the result. */
function returned(pkg: GoPackage): Converted[] {
  const { tree } = pkg;
  return tree.all(Kind.ReturnStmt).flatMap((statement) => {
    const values = tree.list(statement, Role.Result);
    const func = tree.func(statement);
    const types = func === undefined ? [] : resultTypes(pkg, func);
    return values.length === types.length ? values.map((value, i) => ({ value, type: types[i] })) : [];
  });
}

/** The types of a function's results, one for each. */
function resultTypes(pkg: GoPackage, func: NodeId): (GoType | undefined)[] {
  const { tree } = pkg;
  const signature = tree.type(func);
  const list = signature === undefined ? undefined : tree.child(signature, Role.Results);
  if (list === undefined) return [];
  return tree.list(list, Role.Field).flatMap((field) => {
    const expression = tree.type(field);
    const type = expression === undefined ? undefined : pkg.typeOf(expression);
    return Array.from({ length: Math.max(1, tree.list(field, Role.Name).length) }, () => type);
  });
}

/** Calls whose result goes into a variable of an interface's type. */
function assigned(pkg: GoPackage): Converted[] {
  const { tree } = pkg;
  const statements = tree.all(Kind.AssignStmt).flatMap((statement) => {
    const [left, right] = [tree.lhs(statement), tree.rhs(statement)];
    if (tree.op(statement) === ":=" || left.length !== right.length) return [];
    return right.map((value, i) => ({ value, type: pkg.symbol(left[i] ?? value)?.type }));
  });
  const declarations = tree.all(Kind.ValueSpec).flatMap((spec) => {
    const type = tree.type(spec);
    return type === undefined ? [] : tree.list(spec, Role.Value).map((value) => ({ value, type: pkg.typeOf(type) }));
  });
  return [...statements, ...declarations].filter(
    ({ value }) => tree.kind(value) === Kind.CallExpr && !isConversion(pkg, value),
  );
}

function isConversion(pkg: GoPackage, call: NodeId): boolean {
  return pkg.tree.kind(pkg.tree.callee(call)) === Kind.StarExpr;
}

interface TypedNil {
  /** That a function returns nil at times does not say that it does here. */
  readonly confidence: Confidence;
  readonly what: string;
  readonly type: string;
}

function typedNil(pkg: GoPackage, value: NodeId): TypedNil | undefined {
  const { tree } = pkg;
  const at = tree.unparen(value);
  // A `(*T)(nil)` that somebody wrote down is meant.
  if (tree.kind(at) === Kind.CallExpr) return isConversion(pkg, at) ? undefined : nilResult(pkg, at);
  const variable = localVariable(pkg, at);
  if (variable?.type?.kind !== "pointer" || !mayBeNil(pkg, variable, at)) return undefined;
  return { what: variable.name, type: shortType(variable.type), confidence: "high" };
}

function nilResult(pkg: GoPackage, call: NodeId): TypedNil | undefined {
  const target = pkg.callOf(call);
  if (target?.kind !== "static" || target.symbol.key === undefined) return undefined;
  const type = pkg.program.store<string>("typed-nil-returned").get(target.symbol.key);
  return type === undefined
    ? undefined
    : { what: `the result of ${calleeText(pkg, call)}`, type, confidence: "medium" };
}

/** Remembers the package's functions that return one pointer, and nil at times, with the pointer's type. */
function summarize(pkg: GoPackage): void {
  const { tree } = pkg;
  const store = pkg.program.store<string>("typed-nil-returned");
  for (const statement of tree.all(Kind.ReturnStmt)) {
    const [value, ...others] = tree.list(statement, Role.Result);
    if (value === undefined || others.length > 0 || pkg.text(value) !== "nil") continue;
    const func = tree.func(statement);
    const symbol = func === undefined ? undefined : pkg.funcSymbol(func);
    const [type] = func === undefined ? [] : resultTypes(pkg, func);
    if (symbol?.key === undefined || type?.kind !== "pointer" || func === undefined) continue;
    if (!givesBackNil(pkg, statement, func)) store.set(symbol.key, shortType(type));
  }
}

/** `if err == nil { return nil }`, `if len(all) == 0 { return nil }`: nothing for nothing, which the caller usually does not pass. */
function givesBackNil(pkg: GoPackage, statement: NodeId, func: NodeId): boolean {
  const { tree } = pkg;
  const check = tree.enclosing(statement, Kind.IfStmt, Kind.FuncLit, Kind.FuncDecl);
  const condition = check === undefined || tree.kind(check) !== Kind.IfStmt ? undefined : tree.child(check, Role.Cond);
  if (condition === undefined) return false;
  return parameters(pkg, func).some(({ name }) => {
    const symbol = pkg.symbol(name);
    return (
      symbol !== undefined && (comparesWithNil(pkg, condition, symbol, "==") || asksIfEmpty(pkg, condition, symbol))
    );
  });
}

function asksIfEmpty(pkg: GoPackage, condition: NodeId, symbol: GoSymbol): boolean {
  const { tree } = pkg;
  const at = tree.unparen(condition);
  const length = tree.kind(at) === Kind.BinaryExpr && tree.op(at) === "==" ? tree.unparen(at + 1) : undefined;
  if (length === undefined || tree.kind(length) !== Kind.CallExpr || tree.name(length + 1) !== "len") return false;
  const [measured] = tree.args(length);
  return measured !== undefined && pkg.symbol(measured) === symbol && pkg.constant(tree.y(at) ?? at) === 0;
}

/** A pointer's type without paths: `*fieldError`. */
function shortType(type: GoType): string {
  return `*${type.elem?.name ?? "T"}`;
}

/** Whether a pointer variable can be nil where it is returned: declared without a value, or set to nil, and not set since. */
function mayBeNil(pkg: GoPackage, variable: GoSymbol, at: NodeId): boolean {
  const uses = pkg.uses(variable);
  if (uses.some((use) => useOf(pkg.tree, use) === "address" || pkg.tree.func(use) !== pkg.tree.func(at))) return false;
  if (knownNotNil(pkg, at, variable)) return false;
  const source = uses.findLast((use) => use < at && becomesNil(pkg, use) && !leavesBefore(pkg, use, at));
  return source !== undefined && !assignedBetween(pkg, source, at, variable);
}

/** Whether the block around `from` ends by leaving, so that nothing goes on from there to `to`. */
function leavesBefore(pkg: GoPackage, from: NodeId, to: NodeId): boolean {
  const { tree } = pkg;
  for (let node = tree.parent(from); node !== undefined && !tree.contains(node, to); node = tree.parent(node)) {
    const kind = tree.kind(node);
    if ((kind === Kind.BlockStmt || kind === Kind.CaseClause) && endsIn(pkg, node)) return true;
  }
  return false;
}

/** `var x *T` and `x = nil`. */
function becomesNil(pkg: GoPackage, use: NodeId): boolean {
  const { tree } = pkg;
  const parent = outer(tree, use);
  if (parent === undefined) return false;
  if (tree.kind(parent) === Kind.ValueSpec) {
    return tree.role(use) === Role.Name && tree.child(parent, Role.Value) === undefined;
  }
  if (tree.kind(parent) !== Kind.AssignStmt || tree.role(use) !== Role.Lhs) return false;
  const value = tree.rhs(parent)[tree.lhs(parent).indexOf(use)];
  return value !== undefined && pkg.text(value) === "nil";
}

/** Whether a statement on every way from the one node to the other sets the variable. */
function assignedBetween(pkg: GoPackage, from: NodeId, to: NodeId, variable: GoSymbol): boolean {
  const { tree } = pkg;
  for (let at = to, parent = tree.parent(at); parent !== undefined; at = parent, parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    if (tree.role(at) !== Role.Stmt) continue;
    const earlier = tree.stmts(parent).filter((stmt) => stmt > from && stmt < at);
    if (earlier.some((stmt) => alwaysAssigns(pkg, stmt, variable))) return true;
  }
  return false;
}

/** Whether every way through a statement sets the variable or leaves the function. */
function alwaysAssigns(pkg: GoPackage, stmt: NodeId, variable: GoSymbol): boolean {
  const { tree } = pkg;
  switch (tree.kind(stmt)) {
    case Kind.AssignStmt:
      return tree.lhs(stmt).some((target) => pkg.symbol(target) === variable && !becomesNil(pkg, target));
    case Kind.BlockStmt:
      return endsIn(pkg, stmt) || tree.stmts(stmt).some((inner) => alwaysAssigns(pkg, inner, variable));
    case Kind.IfStmt: {
      const [body, otherwise] = [tree.body(stmt), tree.child(stmt, Role.Else)];
      if (body === undefined || otherwise === undefined) return false;
      return alwaysAssigns(pkg, body, variable) && alwaysAssigns(pkg, otherwise, variable);
    }
    case Kind.SwitchStmt:
    case Kind.TypeSwitchStmt:
    case Kind.SelectStmt:
      return everyClauseAssigns(pkg, stmt, variable);
    case Kind.ForStmt:
    case Kind.RangeStmt:
      return setsInFirstRound(pkg, stmt, variable);
    default:
      return endsInBranch(pkg, stmt);
  }
}

function endsInBranch(pkg: GoPackage, stmt: NodeId): boolean {
  return pkg.tree.kind(stmt) === Kind.ReturnStmt;
}

/** A loop whose body starts with `if first == nil { first = … }`, or sets it in each round. That there is a round is believed. */
function setsInFirstRound(pkg: GoPackage, loop: NodeId, variable: GoSymbol): boolean {
  const { tree } = pkg;
  const body = tree.body(loop);
  return (
    body !== undefined &&
    tree.stmts(body).some((stmt) => {
      const [condition, then] = tree.kind(stmt) === Kind.IfStmt ? [tree.child(stmt, Role.Cond), tree.body(stmt)] : [];
      if (condition === undefined || then === undefined) return alwaysAssigns(pkg, stmt, variable);
      return comparesWithNil(pkg, condition, variable, "==") && alwaysAssigns(pkg, then, variable);
    })
  );
}

function everyClauseAssigns(pkg: GoPackage, stmt: NodeId, variable: GoSymbol): boolean {
  const { tree } = pkg;
  const body = tree.body(stmt);
  const clauses = body === undefined ? [] : tree.stmts(body);
  const isComplete = tree.kind(stmt) === Kind.SelectStmt || clauses.some((clause) => tree.op(clause) === "default");
  return (
    isComplete &&
    clauses.every(
      (clause) => endsIn(pkg, clause) || tree.stmts(clause).some((inner) => alwaysAssigns(pkg, inner, variable)),
    )
  );
}
