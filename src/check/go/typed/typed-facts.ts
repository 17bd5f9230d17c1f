/** The facts of a record, as a package model asks for them. */

import { literalValue, normalize } from "../constant-value.ts";
import { Kind, Role } from "../kinds.ts";
import type { PackageFacts } from "../package-model.ts";
import type { ProgramIndex } from "../program-index.ts";
import { SymbolRecord, type SymbolParts } from "../symbol-record.ts";
import type { ConstantValue, GoSymbol, Selection, SymbolKind, SymbolScope } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import type { PackageRecord, SymbolRow, ValueRow } from "./record.ts";
import { TypedTypes } from "./typed-types.ts";

const selectionKinds = ["field", "method", "methodExpr"] as const;

export class TypedFacts implements PackageFacts {
  readonly types: TypedTypes;
  readonly #record: PackageRecord;
  readonly #tree: GoTree;
  readonly #symbols: (SymbolRecord | undefined)[];
  readonly #constants: Map<NodeId, ConstantValue | undefined>;
  readonly #selections: Map<NodeId, readonly number[]>;

  constructor(record: PackageRecord, tree: GoTree, index: ProgramIndex) {
    this.#record = record;
    this.#tree = tree;
    this.types = new TypedTypes(index.types, record.header.types, (number) => this.symbolAt(number));
    this.#symbols = Array.from({ length: record.header.symbols.length });
    this.#constants = new Map(record.header.constants.map(({ n, v }) => [n, valueOf(v)]));
    this.#selections = new Map(record.header.selections.map((row) => [row[0] ?? 0, row]));
  }

  /** By a row's number, from 1. */
  symbolAt(number: number): SymbolRecord | undefined {
    const row = this.#record.header.symbols[number - 1];
    if (row === undefined) return undefined;
    const known = this.#symbols[number - 1];
    if (known !== undefined) return known;
    // Known before its type is asked for, because a field's type may lead back to it.
    const symbol = new SymbolRecord(partsOf(row), {
      typeOfSymbol: () => this.types.at(row.t),
      constantOfSymbol: () => (row.v === undefined ? undefined : valueOf(row.v)),
    });
    this.#symbols[number - 1] = symbol;
    return symbol;
  }

  symbol(n: NodeId): GoSymbol | undefined {
    const tree = this.#tree;
    switch (tree.kind(n)) {
      case Kind.Ident:
        return this.symbolAt(this.#record.symbols[n] ?? 0);
      case Kind.SelectorExpr:
        return this.symbol(tree.child(n, Role.Sel) ?? 0);
      case Kind.ParenExpr:
        return this.symbol(n + 1);
      case Kind.IndexExpr: {
        const symbol = this.symbol(n + 1);
        return symbol?.kind === "func" ? symbol : undefined;
      }
      default:
        return undefined;
    }
  }

  typeOf(n: NodeId): Type | undefined {
    const known = this.types.at(this.#record.types[n]);
    if (known !== undefined || this.#tree.kind(n) !== Kind.Ident) return known;
    return this.symbolAt(this.#record.symbols[n] ?? 0)?.type;
  }

  isType(n: NodeId): boolean {
    return ((this.#record.flags[n] ?? 0) & 1) !== 0;
  }

  constant(n: NodeId): ConstantValue | undefined {
    if (this.#tree.kind(n) === Kind.BasicLit) return literalValue(this.#tree.op(n), this.#tree.name(n));
    return this.#constants.get(n);
  }

  selection(n: NodeId): Selection | undefined {
    if (this.#tree.kind(n) !== Kind.SelectorExpr) return undefined;
    const row = this.#selections.get(n);
    if (row === undefined) return this.#qualified(n);
    const [, kind = 0, number = 0, isInterface, type, ...way] = row;
    const symbol = this.symbolAt(number);
    if (symbol === undefined) return undefined;
    return {
      kind: selectionKinds[kind] ?? "field",
      symbol,
      path: way.flatMap((step) => this.symbolAt(step) ?? []),
      isInterface: isInterface === 1,
      type: this.types.at(type),
    };
  }

  #qualified(n: NodeId): Selection | undefined {
    const symbol = this.symbol(n);
    if (symbol === undefined || this.symbol(n + 1)?.kind !== "pkg") return undefined;
    return { kind: "qualified", symbol, path: [], isInterface: false, type: symbol.type };
  }
}

function partsOf(row: SymbolRow): SymbolParts {
  return {
    kind: row.k as SymbolKind,
    scope: row.s as SymbolScope,
    name: row.n,
    pkgPath: row.p ?? "",
    key: row.key === "" ? undefined : row.key,
    decl: row.d,
    func: row.f,
    embedded: row.e ?? false,
    pointerReceiver: row.r,
  };
}

function valueOf(row: ValueRow): ConstantValue | undefined {
  return typeof row === "object" ? normalize(BigInt(row.big)) : row;
}
