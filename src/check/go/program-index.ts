/** What outlives a package's tree: the program's types, the symbols that packages declare, the stores of analyses. */

import { findMember, implementsInterface } from "./members.ts";
import type { GoProgram, StoredValue } from "./program.ts";
import { SymbolRecord } from "./symbol-record.ts";
import type { GoMethod, GoType } from "./symbols.ts";
import { TypeTable, type Type } from "./type-table.ts";
import { makeUniverse, makeUnsafe } from "./universe.ts";

/** The package-level symbols of a package by name. */
export type PackageMembers = ReadonlyMap<string, SymbolRecord>;

/** Entries of stores, by the stores' names. */
export type Stored = readonly (readonly [
  name: string,
  entries: readonly (readonly [key: string, value: StoredValue])[],
])[];

export class ProgramIndex implements GoProgram {
  readonly types = new TypeTable();
  readonly universe: ReadonlyMap<string, SymbolRecord>;
  readonly packagePaths = new Set<string>();
  readonly #packages = new Map<string, PackageMembers>();
  readonly #packageNames = new Map<string, string>();
  readonly #symbols = new Map<string, SymbolRecord>();
  /** Own types that declare a method of that name, and those that embed something and may have it from there. */
  readonly #typesByMethod = new Map<string, Type[]>();
  readonly #embedders: Type[] = [];
  #ownTypeCount = 0;
  readonly #implementations = new Map<string, { readonly typeCount: number; readonly keys: readonly string[] }>();
  readonly #stores = new Map<string, Map<string, StoredValue>>();
  /** Reads a package of the standard library when it is first named. */
  readonly #standard: ((path: string) => void) | undefined;

  constructor(standard?: (path: string, index: ProgramIndex) => void) {
    this.universe = makeUniverse(this.types);
    this.addPackage("unsafe", "unsafe", makeUnsafe(this.types), []);
    this.#standard = standard === undefined ? undefined : (path) => standard(path, this);
  }

  /** What a package declares, for the packages after it. Its symbols must be sealed. */
  addPackage(path: string, name: string, members: PackageMembers, others: Iterable<SymbolRecord>): void {
    this.#packages.set(path, members);
    this.#packageNames.set(path, name);
    for (const symbol of members.values()) this.#addSymbol(symbol);
    for (const symbol of others) this.#addSymbol(symbol);
  }

  /** A type of the program's own packages, which may implement interfaces. */
  addOwnType(type: Type): void {
    this.#ownTypeCount += 1;
    if (type.underlying?.kind === "interface") return;
    if (type.fields?.some((field) => field.embedded) === true) this.#embedders.push(type);
    for (const { name } of type.methods ?? []) {
      const types = this.#typesByMethod.get(name);
      if (types === undefined) this.#typesByMethod.set(name, [type]);
      else types.push(type);
    }
  }

  #addSymbol(symbol: SymbolRecord): void {
    if (symbol.key !== undefined) this.#symbols.set(symbol.key, symbol);
  }

  /** The members of a package, if it was read. */
  membersOf(path: string): PackageMembers | undefined {
    if (!this.#packages.has(path)) this.#standard?.(path);
    return this.#packages.get(path);
  }

  /** A package's name, if it was read. */
  nameOf(path: string): string | undefined {
    this.membersOf(path);
    return this.#packageNames.get(path);
  }

  symbolByKey(key: string): SymbolRecord | undefined {
    return this.#symbols.get(key);
  }

  /** The symbol of a method that is known by its type alone. */
  methodSymbol(method: GoMethod, isInterface: boolean): SymbolRecord {
    const known = this.#symbols.get(method.key);
    if (known !== undefined) return known;
    const { name, key } = method;
    const holder = key.slice(0, -name.length - 1);
    const pkgPath = holder.slice(0, Math.max(0, holder.lastIndexOf(".")));
    const pointerReceiver = isInterface ? undefined : method.pointerReceiver;
    const made = new SymbolRecord({ kind: "func", scope: "method", name, pkgPath, key, pointerReceiver }, undefined);
    this.#symbols.set(key, made.settle(method.type as Type | undefined));
    return made;
  }

  /** A symbol for a field that is known by its type alone. */
  fieldSymbol(key: string, name: string, pkgPath: string, type: GoType | undefined, embedded: boolean): SymbolRecord {
    const known = this.#symbols.get(key);
    if (known !== undefined) return known;
    const made = new SymbolRecord({ kind: "var", scope: "field", name, pkgPath, key, embedded }, undefined);
    this.#symbols.set(key, made.settle(type as Type | undefined));
    return made;
  }

  /** A member of a package that was not read: its name is all that is known. */
  unknownMember(pkgPath: string, name: string): SymbolRecord {
    const key = `${pkgPath}.${name}`;
    const known = this.#symbols.get(key);
    if (known !== undefined) return known;
    const made = new SymbolRecord({ kind: "unknown", scope: "package", name, pkgPath, key }, undefined);
    this.#symbols.set(key, made.settle(undefined));
    return made;
  }

  typeByKey(key: string): GoType | undefined {
    const known = this.types.byText(key);
    if (known?.isDefined === true) return known;
    const dot = key.lastIndexOf(".");
    if (dot > 0) this.membersOf(key.slice(0, dot));
    const type = this.types.byText(key);
    return type?.isDefined === true ? type : undefined;
  }

  implementations(interfaceType: GoType, method: string): readonly string[] {
    const memo = `${interfaceType.text} ${method}`;
    const known = this.#implementations.get(memo);
    if (known?.typeCount === this.#ownTypeCount) return known.keys;
    const keys = this.#findImplementations(interfaceType, method);
    this.#implementations.set(memo, { typeCount: this.#ownTypeCount, keys });
    return keys;
  }

  #findImplementations(interfaceType: GoType, method: string): string[] {
    const keys = new Set<string>();
    for (const type of [...(this.#typesByMethod.get(method) ?? []), ...this.#embedders]) {
      if (!implementsInterface(type, interfaceType)) continue;
      const key = findMember(type, method)?.key;
      if (key !== undefined) keys.add(key);
    }
    return [...keys];
  }

  /** How much each store holds. */
  storeSizes(): ReadonlyMap<string, number> {
    return new Map([...this.#stores].map(([name, store]) => [name, store.size]));
  }

  /** What came to the stores since they held so much. */
  storedSince(sizes: ReadonlyMap<string, number>): Stored {
    return [...this.#stores].flatMap(([name, store]) => {
      const entries = [...store].slice(sizes.get(name) ?? 0);
      return entries.length === 0 ? [] : [[name, entries] as const];
    });
  }

  /** Puts back what an earlier run had in its stores. */
  restore(stored: Stored): void {
    for (const [name, entries] of stored) {
      const store = this.store<StoredValue>(name);
      for (const [key, value] of entries) store.set(key, value);
    }
  }

  store<T extends StoredValue>(name: string): Map<string, T> {
    let store = this.#stores.get(name);
    if (store === undefined) {
      store = new Map<string, StoredValue>();
      this.#stores.set(name, store);
    }
    return store as Map<string, T>;
  }
}
