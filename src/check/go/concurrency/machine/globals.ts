/** Package variables. Channels, maps, functions and pointers start as declared; plain values may be anything by now. */

import { Kind, Role } from "../../kinds.ts";
import type { GoPackage } from "../../program.ts";
import type { GoSymbol } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { InstrOf } from "../code.ts";
import { newCell } from "./memory.ts";
import { fresh, makeSlice, type Spot } from "./places.ts";
import { set } from "./state.ts";
import { type Cell, isAggregateType, shapeOf, type Value } from "./value.ts";

export function globalStep(spot: Spot, { to, symbol }: InstrOf<"global">): void {
  set(spot.frame, to, globalCell(spot, symbol));
}

function globalCell(spot: Spot, symbol: GoSymbol): Cell {
  const key = symbol.key ?? symbol.name;
  const known = spot.run.globals.get(key);
  if (known !== undefined) return known;
  const { pkg } = spot.frame;
  const node = symbol.decl ?? spot.node;
  const isOwn = symbol.decl !== undefined;
  const cell = newCell({
    type: symbol.type,
    origin: { kind: "global", symbol, node },
    isUnknown: !isOwn,
    isTracked: isOwn || pkg.program.packagePaths.has(symbol.pkgPath),
  });
  spot.run.globals.set(key, cell);
  if (!isAggregateType(symbol.type)) cell.value = initialValue({ ...spot, node }, pkg, symbol);
  else cell.isUnknown = !isSyncType(symbol);
  return cell;
}

function isSyncType({ type }: GoSymbol): boolean {
  return type?.pkgPath === "sync" || type?.pkgPath === "sync/atomic" || type?.kind === "struct";
}

/** `make(chan T, n)`, `make(map…)`, `new(T)`, `&T{}` as written; everything else is unknown. */
function initialValue(spot: Spot, pkg: GoPackage, symbol: GoSymbol): Value {
  const source = symbol.decl === undefined ? undefined : initializer(pkg, symbol.decl);
  const { memory } = spot.run;
  const isBasic = shapeOf(symbol.type)?.kind === "basic";
  if (source === undefined) return isBasic ? memory.unknown(symbol.type) : startValue(spot, symbol);
  const { tree } = pkg;
  const type = pkg.typeOf(source) ?? symbol.type;
  const shape = shapeOf(type);
  if (tree.kind(source) === Kind.CallExpr && shape?.kind === "chan") {
    const size = tree.args(source)[1];
    const room = size === undefined ? 0 : pkg.constant(size);
    return spot.run.newChannel(typeof room === "number" ? room : 1, shape.elem, source, false);
  }
  if (shape?.kind === "map") return memory.newMap(shape.elem, source, tree.kind(source) === Kind.CompositeLit, type);
  // An error that others are compared with: it is never nil, and equal to no other one.
  if (makesError(pkg, source)) return { kind: "opaque", what: "error", target: undefined };
  return fresh(spot, type);
}

function makesError(pkg: GoPackage, source: NodeId): boolean {
  const target = pkg.tree.kind(source) === Kind.CallExpr ? pkg.callOf(source) : undefined;
  return target?.kind === "static" && /^(?:errors\.New|fmt\.Errorf)$/.test(target.symbol.key ?? "");
}

/** Without an initializer somebody has set it before it is used, or it is used as it is. */
function startValue(spot: Spot, symbol: GoSymbol): Value {
  const shape = shapeOf(symbol.type);
  if (shape?.kind === "slice") return makeSlice(symbol.type, undefined, undefined, spot.node);
  return fresh(spot, symbol.type);
}

function initializer(pkg: GoPackage, decl: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const spec = tree.enclosing(decl, Kind.ValueSpec);
  if (spec === undefined) return undefined;
  const at = tree.list(spec, Role.Name).indexOf(decl);
  const values = tree.list(spec, Role.Value);
  return values.length === 1 && at > 0 ? undefined : values[at];
}
