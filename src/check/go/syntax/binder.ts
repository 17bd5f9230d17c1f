/** Says for each identifier which symbol it declares or refers to, by Go's scopes. Selectors need types: see resolver.ts. */

import { Kind, Role } from "../kinds.ts";
import { SymbolRecord, type SymbolOrigin } from "../symbol-record.ts";
import type { GoSymbol, SymbolKind, SymbolScope } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import { embeddedName, receiverBase, type PackageDeclarations } from "./declarations.ts";
import { Scope } from "./scope.ts";

interface FunctionContext {
  readonly node: NodeId | undefined;
  readonly labels: Map<string, GoSymbol>;
  readonly jumps: NodeId[];
}

export interface Bound {
  /** By node: what an identifier declares or refers to. Keys of literals hold what they are if they are no field. */
  readonly symbols: (GoSymbol | undefined)[];
  /** Field and method symbols of struct and interface types, by the type's node. */
  readonly members: Map<NodeId, GoSymbol[]>;
}

export interface BindInput {
  readonly tree: GoTree;
  readonly pkgPath: string;
  readonly declarations: PackageDeclarations;
  /** The scope of a file: what it imports, inside the package's scope. */
  readonly fileScope: (file: NodeId) => Scope;
  readonly origin: SymbolOrigin;
}

export function bindPackage(input: BindInput): Bound {
  const binder = new Binder(input);
  for (const file of input.tree.children(0)) {
    const scope = input.fileScope(file);
    for (const declaration of input.tree.list(file, Role.Decl)) binder.visit(declaration, scope);
  }
  return binder.bound;
}

class Binder {
  readonly bound: Bound;
  readonly #input: BindInput;
  readonly #tree: GoTree;
  #function: FunctionContext = { node: undefined, labels: new Map(), jumps: [] };

  constructor(input: BindInput) {
    this.#input = input;
    this.#tree = input.tree;
    this.bound = { symbols: Array.from({ length: input.tree.size }), members: new Map() };
  }

  visit(n: NodeId, scope: Scope): void {
    switch (this.#tree.kind(n)) {
      case Kind.Ident:
        this.bound.symbols[n] = scope.find(this.#tree.name(n));
        return;
      case Kind.BasicLit:
      case Kind.Bad:
        return;
      case Kind.SelectorExpr:
        return this.visit(n + 1, scope);
      case Kind.FuncDecl:
      case Kind.FuncLit:
        return this.#visitFunction(n, scope);
      case Kind.FuncType:
        return this.#visitSignature(n, new Scope(scope));
      case Kind.GenDecl:
        for (const spec of this.#tree.list(n, Role.Spec)) this.#visitSpec(spec, scope, this.#tree.op(n));
        return;
      case Kind.StructType:
        return this.#visitMembers(n, scope, "field");
      case Kind.InterfaceType:
        return this.#visitMembers(n, scope, "method");
      default:
        return this.#visitStatement(n, scope);
    }
  }

  #visitStatement(n: NodeId, scope: Scope): void {
    switch (this.#tree.kind(n)) {
      case Kind.AssignStmt:
        return this.#visitAssignment(n, scope);
      case Kind.RangeStmt:
        return this.#visitRange(n, scope);
      case Kind.TypeSwitchStmt:
        return this.#visitTypeSwitch(n, new Scope(scope));
      case Kind.CaseClause:
      case Kind.CommClause:
      case Kind.BlockStmt:
      case Kind.IfStmt:
      case Kind.ForStmt:
      case Kind.SwitchStmt:
        return this.#visitChildren(n, new Scope(scope));
      case Kind.LabeledStmt:
        this.#declareLabel(n + 1);
        return this.#visitChildren(n, scope, Role.Label);
      case Kind.BranchStmt:
        this.#function.jumps.push(...this.#tree.list(n, Role.Label));
        return;
      default:
        return this.#visitChildren(n, scope);
    }
  }

  #visitChildren(n: NodeId, scope: Scope, except: Role = Role.None): void {
    const tree = this.#tree;
    for (let child = n + 1, end = tree.end(n); child < end; child = tree.end(child)) {
      if (except === Role.None || tree.role(child) !== except) this.visit(child, scope);
    }
  }

  #declare(decl: NodeId, kind: SymbolKind, role: SymbolScope, scope: Scope, clause?: NodeId): void {
    const name = this.#tree.name(decl);
    if (name === "_") return;
    const { pkgPath, origin } = this.#input;
    const func = this.#function.node;
    const symbol = new SymbolRecord({ kind, scope: role, name, pkgPath, decl, func }, origin, clause);
    scope.declare(symbol);
    if (clause === undefined) this.bound.symbols[decl] = symbol;
  }

  #declareLabel(label: NodeId): void {
    const name = this.#tree.name(label);
    const parts = { kind: "label", scope: "local", name, pkgPath: this.#input.pkgPath, decl: label } as const;
    const symbol = new SymbolRecord({ ...parts, func: this.#function.node }, undefined);
    this.bound.symbols[label] = symbol;
    this.#function.labels.set(name, symbol);
  }

  #visitFunction(n: NodeId, outer: Scope): void {
    const tree = this.#tree;
    const caller = this.#function;
    this.#function = { node: n, labels: new Map(), jumps: [] };
    const scope = new Scope(outer);
    const name = tree.child(n, Role.Name);
    if (name !== undefined) this.bound.symbols[name] = this.#input.declarations.byNode.get(name);
    const receiver = tree.child(n, Role.Recv);
    if (receiver !== undefined) this.#visitReceiver(receiver, scope);
    const type = tree.type(n);
    if (type !== undefined) this.#visitSignature(type, scope);
    const body = tree.body(n);
    // The body has the parameters' scope: `func f(x int) { x := 1 }` is an error, not a shadow.
    if (body !== undefined) this.#visitChildren(body, scope);
    for (const label of this.#function.jumps) {
      this.bound.symbols[label] = this.#function.labels.get(tree.name(label));
    }
    this.#function = caller;
  }

  #visitReceiver(receiver: NodeId, scope: Scope): void {
    const base = receiverBase(this.#tree, receiver);
    if (base !== undefined) {
      this.visit(base.name, scope);
      for (const param of base.typeParams) {
        if (this.#tree.kind(param) === Kind.Ident) this.#declare(param, "type", "typeparam", scope);
      }
    }
    this.#declareFields(receiver, "recv", scope);
  }

  #visitSignature(type: NodeId, scope: Scope): void {
    const tree = this.#tree;
    const typeParams = tree.child(type, Role.TypeParams);
    if (typeParams !== undefined) this.#visitTypeParams(typeParams, scope);
    const params = tree.child(type, Role.Params);
    const results = tree.child(type, Role.Results);
    // Types first: in `func(int int, x int)` the second `int` still is the type.
    for (const list of [params, results]) if (list !== undefined) this.#visitFieldTypes(list, scope);
    if (params !== undefined) this.#declareFields(params, "param", scope);
    if (results !== undefined) this.#declareFields(results, "result", scope);
  }

  #visitTypeParams(list: NodeId, scope: Scope): void {
    for (const field of this.#tree.list(list, Role.Field)) {
      for (const name of this.#tree.list(field, Role.Name)) this.#declare(name, "type", "typeparam", scope);
    }
    this.#visitFieldTypes(list, scope);
  }

  #visitFieldTypes(list: NodeId, scope: Scope): void {
    for (const field of this.#tree.list(list, Role.Field)) {
      const type = this.#tree.type(field);
      if (type !== undefined) this.visit(type, scope);
    }
  }

  #declareFields(list: NodeId, role: SymbolScope, scope: Scope): void {
    for (const field of this.#tree.list(list, Role.Field)) {
      for (const name of this.#tree.list(field, Role.Name)) this.#declare(name, "var", role, scope);
    }
  }

  #visitSpec(spec: NodeId, scope: Scope, keyword: string): void {
    const tree = this.#tree;
    const names = tree.list(spec, Role.Name);
    if (keyword === "import") {
      for (const name of names) this.bound.symbols[name] = scope.own(tree.name(name));
      return;
    }
    const [first] = names;
    const isLocal = this.#function.node !== undefined;
    if (keyword === "type") {
      if (isLocal && first !== undefined) this.#declare(first, "type", "local", scope);
      const inner = new Scope(scope);
      const typeParams = tree.child(spec, Role.TypeParams);
      if (typeParams !== undefined) this.#visitTypeParams(typeParams, inner);
      const type = tree.type(spec);
      if (type !== undefined) this.visit(type, inner);
    } else {
      this.#visitChildren(spec, scope, Role.Name);
      if (isLocal) for (const name of names) this.#declare(name, keyword === "const" ? "const" : "var", "local", scope);
    }
    if (!isLocal) for (const name of names) this.bound.symbols[name] = this.#input.declarations.byNode.get(name);
  }

  #visitMembers(n: NodeId, scope: Scope, role: "field" | "method"): void {
    const tree = this.#tree;
    const list = n + 1;
    const members: GoSymbol[] = [];
    const prefix = this.#memberPrefix(n);
    for (const field of tree.list(list, Role.Field)) {
      const type = tree.type(field);
      if (type !== undefined) this.visit(type, scope);
      const names = tree.list(field, Role.Name);
      const embedded = names.length === 0;
      const decls = embedded && role === "field" ? embeddedName(tree, type) : names;
      for (const decl of decls) {
        const member = this.#member(decl, role, embedded, prefix);
        members.push(member);
        if (!embedded && member.name !== "_") this.bound.symbols[decl] = member;
      }
    }
    this.bound.members.set(n, members);
  }

  /** `path.Type.` for the members of a type that the package declares under a name. */
  #memberPrefix(n: NodeId): string | undefined {
    const tree = this.#tree;
    const spec = tree.parent(n) ?? 0;
    const isDeclared = tree.kind(spec) === Kind.TypeSpec && tree.role(n) === Role.Type && tree.op(spec) !== "=";
    if (this.#function.node !== undefined || !isDeclared) return undefined;
    return `${this.#input.pkgPath}.${tree.name(spec + 1)}.`;
  }

  #member(decl: NodeId, role: "field" | "method", embedded: boolean, prefix: string | undefined): SymbolRecord {
    const { pkgPath, origin } = this.#input;
    const name = this.#tree.name(decl);
    const key = prefix === undefined ? undefined : prefix + name;
    const kind = role === "field" ? "var" : "func";
    return new SymbolRecord({ kind, scope: role, name, pkgPath, key, decl, embedded }, origin);
  }

  #visitAssignment(n: NodeId, scope: Scope): void {
    const tree = this.#tree;
    if (tree.op(n) !== ":=") return this.#visitChildren(n, scope);
    for (const value of tree.rhs(n)) this.visit(value, scope);
    for (const target of tree.lhs(n)) this.#declareOrUse(target, scope);
  }

  #declareOrUse(target: NodeId, scope: Scope): void {
    if (this.#tree.kind(target) !== Kind.Ident) return this.visit(target, scope);
    const known = scope.own(this.#tree.name(target));
    if (known === undefined) this.#declare(target, "var", "local", scope);
    else this.bound.symbols[target] = known;
    return undefined;
  }

  #visitRange(n: NodeId, outer: Scope): void {
    const tree = this.#tree;
    const x = tree.x(n);
    if (x !== undefined) this.visit(x, outer);
    const scope = new Scope(outer);
    for (const role of [Role.Key, Role.Value]) {
      const target = tree.child(n, role);
      if (target === undefined) continue;
      if (tree.op(n) === ":=") this.#declareOrUse(target, scope);
      else this.visit(target, scope);
    }
    const body = tree.body(n);
    if (body !== undefined) this.visit(body, scope);
  }

  #visitTypeSwitch(n: NodeId, scope: Scope): void {
    const tree = this.#tree;
    const init = tree.child(n, Role.Init);
    if (init !== undefined) this.visit(init, scope);
    const guard = tree.child(n, Role.Assign);
    const name = guard === undefined ? undefined : tree.lhs(guard)[0];
    const value = guard === undefined ? undefined : (tree.rhs(guard)[0] ?? tree.x(guard));
    if (value !== undefined) this.visit(value, scope);
    const body = tree.body(n);
    for (const clause of body === undefined ? [] : tree.stmts(body)) {
      const inner = new Scope(scope);
      if (name !== undefined) this.#declare(name, "var", "local", inner, clause);
      for (const expr of tree.list(clause, Role.Expr)) this.visit(expr, scope);
      for (const statement of tree.stmts(clause)) this.visit(statement, inner);
    }
  }
}
