/** The types of a record as types of the program. */

import { MethodRecord } from "../method-record.ts";
import { instantiate } from "../substitution.ts";
import type { GoField, GoMethod, GoSymbol } from "../symbols.ts";
import type { Definition, Type, TypeTable } from "../type-table.ts";
import type { FieldRow, MethodRow, TypeRow } from "./record.ts";

export class TypedTypes {
  readonly #table: TypeTable;
  readonly #rows: readonly TypeRow[];
  readonly #symbolAt: (number: number) => GoSymbol | undefined;
  readonly #types: (Type | undefined)[];
  readonly #holders: Type[] = [];

  constructor(table: TypeTable, rows: readonly TypeRow[], symbolAt: (number: number) => GoSymbol | undefined) {
    this.#table = table;
    this.#rows = rows;
    this.#symbolAt = symbolAt;
    this.#types = Array.from({ length: rows.length });
  }

  /** By a row's number, from 1. */
  at(number: number | undefined): Type | undefined {
    if (number === undefined || number === 0) return undefined;
    const known = this.#types[number - 1];
    if (known !== undefined) return known;
    const row = this.#rows[number - 1];
    const type = row === undefined ? undefined : this.#make(row);
    this.#types[number - 1] = type;
    return type;
  }

  /**
   * Lets go of the record. Of the package's own types stays what was asked for, which for what others can name is all; what it
   * said of other packages' types goes: a later package says it itself, and knows the same whether or not this one's rules ran.
   */
  release(path: string): void {
    for (const type of this.#holders) {
      if (type.kind === "interface" || type.pkgPath === path || type.text.includes(`#${path}#`)) type.endDefinition();
      else type.forgetDefinition();
    }
  }

  #all(numbers: readonly number[] | undefined): (Type | undefined)[] {
    return (numbers ?? []).map((number) => this.at(number));
  }

  #make(row: TypeRow): Type {
    const table = this.#table;
    switch (row.k) {
      case "basic":
        return table.basic(row.n ?? "");
      case "pointer":
        return table.pointer(this.at(row.e));
      case "slice":
        return table.slice(this.at(row.e));
      case "array":
        return table.array(this.at(row.e), row.l ?? 0);
      case "map":
        return table.map(this.at(row.key), this.at(row.e));
      case "chan":
        return table.chan(this.at(row.e), row.d ?? "both");
      case "func":
        return table.func(this.#all(row.ps), this.#all(row.rs), row.va ?? false);
      case "tuple":
        return table.tuple(this.#all(row.rs));
      case "struct":
        return table.struct(this.#fields(row.fs));
      case "interface":
        return this.#interface(row);
      case "typeparam":
        return this.#typeParam(row);
      case "named":
        return this.#named(row);
      default:
        return table.union(row.n ?? "");
    }
  }

  #interface(row: TypeRow): Type {
    const text = (row.ms ?? []).length === 0 && !/[~|]/.test(row.n ?? "") ? "any" : (row.n ?? "");
    const type = this.#table.interface(text, () => this.#methods(row.ms));
    this.#holders.push(type);
    return type;
  }

  #typeParam(row: TypeRow): Type {
    const type = this.#table.typeParam(row.n ?? "", row.m ?? "");
    this.#define(type, () => {
      const bound = this.at(row.u);
      return { underlying: bound, methods: bound?.methods, fields: undefined };
    });
    return type;
  }

  #named(row: TypeRow): Type {
    const origin = this.at(row.o);
    if (origin !== undefined) return instantiate(this.#table, origin, this.#all(row.a));
    const type = this.#table.named(row.p ?? "", row.n ?? "", row.m ?? "");
    if (type.typeParams.length === 0 && row.tp !== undefined) {
      type.typeParams = this.#all(row.tp).filter((param) => param !== undefined);
    }
    if (row.def !== true) return type;
    this.#define(type, () => {
      const underlying = this.at(row.u)?.underlying;
      const methods = underlying?.kind === "interface" ? underlying.methods : this.#methods(row.ms);
      return { underlying, methods, fields: row.fs === undefined ? underlying?.fields : this.#fields(row.fs) };
    });
    return type;
  }

  #define(type: Type, define: () => Definition): void {
    if (type.setDefinition(define)) this.#holders.push(type);
  }

  #fields(rows: readonly FieldRow[] | undefined): GoField[] {
    return (rows ?? []).map((row) => ({
      name: row.n,
      type: this.at(row.t),
      embedded: row.e ?? false,
      tag: row.g ?? "",
      key: row.key === undefined || row.key === "" ? undefined : row.key,
      symbol: row.s === undefined ? undefined : this.#symbolAt(row.s),
    }));
  }

  #methods(rows: readonly MethodRow[] | undefined): GoMethod[] {
    return (rows ?? []).map((row) => {
      const symbol = row.s === undefined ? undefined : this.#symbolAt(row.s);
      return new MethodRecord(row.n, row.key, row.r ?? false, () => this.at(row.t), symbol);
    });
  }
}
