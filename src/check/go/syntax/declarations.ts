/** What a package declares at its top level, found before any function body is looked into. */

import { Kind, Role } from "../kinds.ts";
import { SymbolRecord, type SymbolOrigin } from "../symbol-record.ts";
import type { SymbolKind } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import { Scope } from "./scope.ts";

export interface PackageDeclarations {
  readonly scope: Scope;
  /** Everything declared, by key: methods too, as `path.Type.Method`. */
  readonly byKey: Map<string, SymbolRecord>;
  /** The FuncDecl of a function's or method's key; several `init` functions have none. */
  readonly funcs: Map<string, NodeId>;
  /** Methods by the name of their receiver's type. */
  readonly methods: Map<string, SymbolRecord[]>;
  /** By the declaring identifier. */
  readonly byNode: Map<NodeId, SymbolRecord>;
}

const specKinds: ReadonlyMap<string, SymbolKind> = new Map([
  ["const", "const"],
  ["var", "var"],
  ["type", "type"],
]);

/** Reads the declarations of all files; `universe` is the scope around the package's. */
export function collectDeclarations(
  tree: GoTree,
  pkgPath: string,
  universe: Scope,
  origin: SymbolOrigin,
): PackageDeclarations {
  const found: PackageDeclarations = {
    scope: new Scope(universe),
    byKey: new Map(),
    funcs: new Map(),
    methods: new Map(),
    byNode: new Map(),
  };
  for (const file of tree.children(0)) {
    for (const declaration of tree.list(file, Role.Decl)) {
      if (tree.kind(declaration) === Kind.FuncDecl) collectFunction(tree, pkgPath, declaration, found, origin);
      else collectGroup(tree, pkgPath, declaration, found, origin);
    }
  }
  return found;
}

function collectGroup(
  tree: GoTree,
  pkgPath: string,
  group: NodeId,
  found: PackageDeclarations,
  origin: SymbolOrigin,
): void {
  const kind = specKinds.get(tree.op(group));
  if (tree.kind(group) !== Kind.GenDecl || kind === undefined) return;
  for (const spec of tree.list(group, Role.Spec)) {
    for (const decl of tree.list(spec, Role.Name)) {
      const name = tree.name(decl);
      if (name === "_") continue;
      const key = `${pkgPath}.${name}`;
      const symbol = new SymbolRecord({ kind, scope: "package", name, pkgPath, key, decl }, origin);
      found.byKey.set(key, symbol);
      found.byNode.set(decl, symbol);
      found.scope.declare(symbol);
    }
  }
}

function collectFunction(
  tree: GoTree,
  pkgPath: string,
  func: NodeId,
  found: PackageDeclarations,
  origin: SymbolOrigin,
): void {
  const decl = tree.child(func, Role.Name);
  const receiver = tree.child(func, Role.Recv);
  if (decl === undefined) return;
  const name = tree.name(decl);
  if (receiver !== undefined) return collectMethod(tree, pkgPath, func, receiver, decl, found, origin);
  if (name === "_") return;
  const key = `${pkgPath}.${name}`;
  const symbol = new SymbolRecord({ kind: "func", scope: "package", name, pkgPath, key, decl }, origin);
  found.byNode.set(decl, symbol);
  // A package may have many of these, and nobody can name them.
  if (name === "init") return;
  found.byKey.set(key, symbol);
  found.funcs.set(key, func);
  found.scope.declare(symbol);
}

function collectMethod(
  tree: GoTree,
  pkgPath: string,
  func: NodeId,
  receiver: NodeId,
  decl: NodeId,
  found: PackageDeclarations,
  origin: SymbolOrigin,
): void {
  const base = receiverBase(tree, receiver);
  const name = tree.name(decl);
  if (base === undefined || name === "_") return;
  const typeName = tree.name(base.name);
  const key = `${pkgPath}.${typeName}.${name}`;
  const parts = { kind: "func", scope: "method", name, pkgPath, key, decl, pointerReceiver: base.isPointer } as const;
  const symbol = new SymbolRecord(parts, origin);
  found.byKey.set(key, symbol);
  found.byNode.set(decl, symbol);
  found.funcs.set(key, func);
  const methods = found.methods.get(typeName);
  if (methods === undefined) found.methods.set(typeName, [symbol]);
  else methods.push(symbol);
}

export interface ReceiverBase {
  /** The identifier of the type. */
  readonly name: NodeId;
  readonly isPointer: boolean;
  /** Identifiers of the type parameters, as the receiver names them. */
  readonly typeParams: readonly NodeId[];
}

/** What a receiver `(r *T[K, V])` says of its type. */
export function receiverBase(tree: GoTree, receiver: NodeId): ReceiverBase | undefined {
  const field = tree.child(receiver, Role.Field);
  let node = field === undefined ? undefined : tree.type(field);
  let isPointer = false;
  let typeParams: readonly NodeId[] = [];
  while (node !== undefined && tree.kind(node) !== Kind.Ident) {
    const kind = tree.kind(node);
    if (kind === Kind.StarExpr) isPointer = true;
    else if (kind === Kind.IndexExpr) typeParams = tree.list(node, Role.Index);
    else if (kind !== Kind.ParenExpr) return undefined;
    node = tree.firstChild(node);
  }
  return node === undefined ? undefined : { name: node, isPointer, typeParams };
}

const embeddable: readonly Kind[] = [Kind.StarExpr, Kind.SelectorExpr, Kind.IndexExpr, Kind.ParenExpr];

/** The identifier that names an embedded field: the last one of its type. A list, which is empty where there is none. */
export function embeddedName(tree: GoTree, type: NodeId | undefined): NodeId[] {
  let node = type;
  while (node !== undefined && tree.kind(node) !== Kind.Ident) {
    if (!embeddable.includes(tree.kind(node))) return [];
    node = tree.kind(node) === Kind.SelectorExpr ? tree.child(node, Role.Sel) : tree.firstChild(node);
  }
  return node === undefined ? [] : [node];
}
