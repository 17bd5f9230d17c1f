/**
 * What exported functions do to the memory that they are given, and to their package's variables, for those who call them from
 * other packages: bodies of other packages are not run. Only functions that synchronise nothing have an outline, whatever they
 * call included; of all others nothing is said, so that a race is missed rather than imagined.
 */

import { parameters } from "../idiom/surroundings.ts";
import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { type Effect, type Outline, outlinesName } from "./machine/outline.ts";
import { shapeOf } from "./machine/value.ts";

const maxEffects = 12;
const maxDepth = 3;

/** Keeps the outlines of a package's exported functions for the packages that import it. */
export function keepOutlines(pkg: GoPackage): void {
  if (pkg.name === "main" || pkg.name.endsWith("_test")) return;
  const store = pkg.program.store<Outline>(outlinesName);
  const found = pkg.functions.flatMap((func) => {
    const symbol = pkg.funcSymbol(func);
    if (symbol?.key === undefined || !symbol.exported || pkg.fileOf(func).isTest) return [];
    const effects = effectsOf(pkg, func, 0);
    return effects === undefined || effects.length === 0 ? [] : [{ key: symbol.key, name: symbol.name, effects }];
  });
  const written = new Set(found.flatMap(({ effects }) => effects.filter((one) => one.isWrite).map(targetOf)));
  for (const { key, name, effects } of found) {
    const kept = effects.filter((one) => written.has(targetOf(one)));
    if (kept.length > 0) store.set(key, { name, effects: kept.slice(0, maxEffects) });
  }
}

/** Whose field it is does not matter here: reads matter only of what is written somewhere. */
function targetOf({ variable, fields }: Effect): string {
  return `${variable} ${fields.join(".")}`;
}

/** `undefined`: something is synchronised, or not known. */
function effectsOf(pkg: GoPackage, func: NodeId, depth: number): readonly Effect[] | undefined {
  const known = pkg.memo("concurrency outlines", () => new Map<NodeId, readonly Effect[] | undefined>());
  if (known.has(func)) return known.get(func);
  if (depth > maxDepth) return undefined;
  known.set(func, undefined);
  const effects = readEffects(pkg, func, depth);
  known.set(func, effects);
  return effects;
}

function readEffects(pkg: GoPackage, func: NodeId, depth: number): Effect[] | undefined {
  const { tree } = pkg;
  const body = tree.body(func);
  if (body === undefined) return undefined;
  const roots = rootsOf(pkg, func);
  const found = new Map<string, Effect>();
  const add = (effect: Effect): void => {
    const key = `${effect.root} ${targetOf(effect)} ${String(effect.isWrite)} ${String(effect.isMap)}`;
    if (!found.has(key)) found.set(key, effect);
  };
  for (let node = body; node < tree.end(body); node++) {
    const kind = tree.kind(node);
    if (synchronises(pkg, node, kind)) return undefined;
    if (kind === Kind.CallExpr) {
      const inner = calledEffects(pkg, node, roots, depth);
      if (inner === undefined) return undefined;
      for (const effect of inner) add(effect);
    }
    if ((kind === Kind.SelectorExpr || kind === Kind.Ident) && isOutermost(pkg, node)) {
      for (const effect of accesses(pkg, node, roots)) add(effect);
    }
  }
  return [...found.values()].toSorted((a, b) => Number(b.isWrite) - Number(a.isWrite));
}

/** The receiver and the parameters by which something of the caller's can be reached. */
function rootsOf(pkg: GoPackage, func: NodeId): ReadonlyMap<GoSymbol, number> {
  const { tree } = pkg;
  const receiver = tree.child(func, Role.Recv);
  const field = receiver === undefined ? undefined : tree.list(receiver, Role.Field)[0];
  const own = field === undefined ? undefined : tree.list(field, Role.Name)[0];
  const named = [{ name: own, at: -1 }, ...parameters(pkg, func).map(({ name }, at) => ({ name, at }))];
  return new Map(
    named.flatMap(({ name, at }) => {
      const symbol = name === undefined ? undefined : pkg.symbol(name);
      return symbol?.type?.kind === "pointer" ? [[symbol, at] as const] : [];
    }),
  );
}

function synchronises(pkg: GoPackage, node: NodeId, kind: Kind): boolean {
  if (kind === Kind.GoStmt || kind === Kind.SelectStmt || kind === Kind.SendStmt || kind === Kind.Bad) return true;
  if (kind === Kind.UnaryExpr) return pkg.tree.op(node) === "<-";
  const over = kind === Kind.RangeStmt ? pkg.tree.x(node) : undefined;
  return over !== undefined && /^(?:chan|func)$/.test(shapeOf(pkg.typeOf(over))?.kind ?? "");
}

/** Packages whose functions neither wait nor lock for anybody. */
const plainPackages =
  /^(?:fmt|strings|strconv|errors|sort|slices|maps|math|math\/\w+|unicode|unicode\/\w+|bytes|time|path|path\/filepath|cmp|net\/url|unsafe)$/;

/** What a call does to the function's own roots; `undefined` if that is not known. */
function calledEffects(
  pkg: GoPackage,
  call: NodeId,
  roots: ReadonlyMap<GoSymbol, number>,
  depth: number,
): readonly Effect[] | undefined {
  const target = pkg.callOf(call);
  if (target?.kind === "conversion") return [];
  if (target?.kind === "builtin") return target.name === "close" ? undefined : [];
  if (target?.kind !== "static") return undefined;
  const { symbol } = target;
  if (plainPackages.test(symbol.pkgPath)) return [];
  const decl = pkg.funcDecl(symbol);
  const effects =
    decl === undefined
      ? pkg.program.store<Outline>(outlinesName).get(symbol.key ?? "")?.effects
      : effectsOf(pkg, decl, depth + 1);
  return effects?.flatMap((effect) => seenFrom(pkg, call, effect, roots));
}

/** A callee's access as one of the caller's. */
function seenFrom(pkg: GoPackage, call: NodeId, effect: Effect, roots: ReadonlyMap<GoSymbol, number>): Effect[] {
  if (effect.variable !== "") return [effect];
  const { tree } = pkg;
  const given = effect.root === -1 ? tree.callee(call) + 1 : tree.args(call)[effect.root];
  const way = given === undefined ? undefined : wayTo(pkg, given, roots);
  return way === undefined ? [] : [{ ...effect, ...way, fields: [...way.fields, ...effect.fields] }];
}

type Way = Pick<Effect, "root" | "variable" | "fields">;

/** From a root through fields; `undefined` for everything else. */
function wayTo(pkg: GoPackage, node: NodeId, roots: ReadonlyMap<GoSymbol, number>): Way | undefined {
  const { tree } = pkg;
  const at = tree.unparen(node);
  const kind = tree.kind(at);
  if (kind === Kind.UnaryExpr && tree.op(at) === "&") return wayTo(pkg, at + 1, roots);
  if (kind === Kind.Ident) return wayFrom(pkg.symbol(at), roots);
  if (kind !== Kind.SelectorExpr) return undefined;
  const selection = pkg.selection(at);
  if (selection?.kind === "qualified") return wayFrom(selection.symbol, roots);
  const base = selection?.kind === "field" ? wayTo(pkg, at + 1, roots) : undefined;
  if (base === undefined || selection === undefined) return undefined;
  const steps = [...selection.path, selection.symbol].map(({ name }) => name);
  return { ...base, fields: [...base.fields, ...steps] };
}

function wayFrom(symbol: GoSymbol | undefined, roots: ReadonlyMap<GoSymbol, number>): Way | undefined {
  if (symbol?.kind !== "var") return undefined;
  if (symbol.scope === "package") return { root: -2, variable: symbol.key ?? "", fields: [] };
  const root = roots.get(symbol);
  return root === undefined ? undefined : { root, variable: "", fields: [] };
}

/** `x.f` in `x.f.g` is part of a way, and so is the `x`. */
function isOutermost({ tree }: GoPackage, node: NodeId): boolean {
  const parent = tree.parent(node) ?? 0;
  return tree.kind(parent) !== Kind.SelectorExpr;
}

/** What one expression does to what it names: reads it, writes it, or reads or writes the entries of the map in it. */
function accesses(pkg: GoPackage, node: NodeId, roots: ReadonlyMap<GoSymbol, number>): Effect[] {
  const way = wayTo(pkg, node, roots);
  const isVariable = pkg.symbol(node)?.kind === "var";
  if (way === undefined || !isVariable || (way.variable === "" && way.fields.length === 0)) return [];
  const { tree } = pkg;
  const parent = tree.parent(node) ?? 0;
  const place = pkg.place(node);
  const isMap = shapeOf(pkg.typeOf(node))?.kind === "map";
  const isIndexed = tree.kind(parent) === Kind.IndexExpr && tree.role(node) === Role.X;
  const own = { ...way, place, isMap: false };
  if (isIndexed && isMap) {
    const isWrite = isWritten(pkg, parent);
    return [
      { ...own, isWrite: false },
      { ...own, isWrite, isMap: true },
    ];
  }
  const call = tree.kind(parent) === Kind.CallExpr ? pkg.callOf(parent) : undefined;
  if (isMap && call?.kind === "builtin" && (call.name === "delete" || call.name === "clear")) {
    return [
      { ...own, isWrite: false },
      { ...own, isWrite: true, isMap: true },
    ];
  }
  // The address alone is no access; a method's receiver is what the method makes of it.
  if (tree.kind(parent) === Kind.UnaryExpr && tree.op(parent) === "&") return [];
  return [{ ...own, isWrite: isWritten(pkg, node) }];
}

function isWritten({ tree }: GoPackage, node: NodeId): boolean {
  const parent = tree.parent(node) ?? 0;
  const kind = tree.kind(parent);
  return kind === Kind.IncDecStmt || (kind === Kind.AssignStmt && tree.role(node) === Role.Lhs);
}
