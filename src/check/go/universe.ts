/** What Go declares before any source: its basic types, constants, `nil` and the built-in functions. */

import { SymbolRecord } from "./symbol-record.ts";
import type { TypeTable } from "./type-table.ts";

const basicNames = [
  "bool",
  "string",
  "int",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "uintptr",
  "float32",
  "float64",
  "complex64",
  "complex128",
];

const builtinNames = [
  "append",
  "cap",
  "clear",
  "close",
  "complex",
  "copy",
  "delete",
  "imag",
  "len",
  "make",
  "max",
  "min",
  "new",
  "panic",
  "print",
  "println",
  "real",
  "recover",
];

function declareType(universe: Map<string, SymbolRecord>, name: string, type: ReturnType<TypeTable["basic"]>): void {
  const parts = { kind: "type", scope: "universe", name, pkgPath: "", key: name } as const;
  universe.set(name, new SymbolRecord(parts, undefined).settle(type));
}

/** The universe's symbols by name, over the types of a table. */
export function makeUniverse(types: TypeTable): ReadonlyMap<string, SymbolRecord> {
  const universe = new Map<string, SymbolRecord>();
  for (const name of basicNames) declareType(universe, name, types.basic(name));
  declareType(universe, "byte", types.basic("uint8"));
  declareType(universe, "rune", types.basic("int32"));
  declareType(
    universe,
    "any",
    types.interface("any", () => []),
  );
  declareType(universe, "error", errorType(types));
  declareType(universe, "comparable", types.named("", "comparable"));
  for (const name of builtinNames) {
    universe.set(name, new SymbolRecord({ kind: "builtin", scope: "universe", name, pkgPath: "" }, undefined));
  }
  for (const name of ["true", "false"]) {
    const record = new SymbolRecord({ kind: "const", scope: "universe", name, pkgPath: "" }, undefined);
    universe.set(name, record.settle(types.basic("untyped bool"), name === "true"));
  }
  const iota = new SymbolRecord({ kind: "const", scope: "universe", name: "iota", pkgPath: "" }, undefined);
  universe.set("iota", iota.settle(types.basic("untyped int")));
  const nil = new SymbolRecord({ kind: "nil", scope: "universe", name: "nil", pkgPath: "" }, undefined);
  universe.set("nil", nil.settle(types.basic("untyped nil")));
  return universe;
}

function errorType(types: TypeTable): ReturnType<TypeTable["basic"]> {
  const type = types.named("", "error");
  const signature = types.func([], [types.basic("string")], false);
  const methods = [{ name: "Error", key: "error.Error", type: signature, pointerReceiver: false }];
  const underlying = types.interface("interface{Error() string}", () => methods);
  type.setDefinition(() => ({ underlying, methods, fields: undefined }));
  return type;
}

/** What package unsafe has: a type that is nothing else's, and built-in functions. */
export function makeUnsafe(types: TypeTable): ReadonlyMap<string, SymbolRecord> {
  const pkgPath = "unsafe";
  const pointer = types.named(pkgPath, "Pointer");
  const underlying = types.basic("unsafe.Pointer");
  pointer.setDefinition(() => ({ underlying, methods: [], fields: undefined }));
  const parts = { kind: "type", scope: "package", name: "Pointer", pkgPath, key: "unsafe.Pointer" } as const;
  const members = new Map([["Pointer", new SymbolRecord(parts, undefined).settle(pointer)]]);
  for (const name of ["Add", "Alignof", "Offsetof", "Sizeof", "Slice", "SliceData", "String", "StringData"]) {
    const key = `unsafe.${name}`;
    members.set(name, new SymbolRecord({ kind: "builtin", scope: "universe", name, pkgPath, key }, undefined));
  }
  return members;
}
