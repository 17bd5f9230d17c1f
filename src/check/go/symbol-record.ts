/** The one implementation of GoSymbol, for both front ends. */

import type { ConstantValue, GoSymbol, SymbolKind, SymbolScope } from "./symbols.ts";
import type { NodeId } from "./tree.ts";
import type { Type } from "./type-table.ts";

/** What is not yet known of a symbol is asked of its front end once. */
export interface SymbolOrigin {
  typeOfSymbol(symbol: SymbolRecord): Type | undefined;
  constantOfSymbol(symbol: SymbolRecord): ConstantValue | undefined;
}

export interface SymbolParts {
  readonly kind: SymbolKind;
  readonly scope: SymbolScope;
  readonly name: string;
  readonly pkgPath: string;
  readonly key?: string | undefined;
  readonly decl?: NodeId | undefined;
  readonly func?: NodeId | undefined;
  readonly embedded?: boolean;
  readonly pointerReceiver?: boolean | undefined;
}

export class SymbolRecord implements GoSymbol {
  readonly kind: SymbolKind;
  readonly scope: SymbolScope;
  readonly name: string;
  readonly pkgPath: string;
  readonly key: string | undefined;
  readonly decl: NodeId | undefined;
  readonly func: NodeId | undefined;
  readonly embedded: boolean;
  readonly pointerReceiver: boolean | undefined;
  /** Where its type is to be looked for, if not at its declaration: the clause of a type switch. */
  readonly clause: NodeId | undefined;
  #origin: SymbolOrigin | undefined;
  #type: Type | undefined;
  #constant: ConstantValue | undefined;
  #state: "unknown" | "asking" | "known" = "unknown";

  constructor(parts: SymbolParts, origin: SymbolOrigin | undefined, clause?: NodeId) {
    this.kind = parts.kind;
    this.scope = parts.scope;
    this.name = parts.name;
    this.pkgPath = parts.pkgPath;
    this.key = parts.key;
    this.decl = parts.decl;
    this.func = parts.func;
    this.embedded = parts.embedded ?? false;
    this.pointerReceiver = parts.pointerReceiver;
    this.clause = clause;
    this.#origin = origin;
  }

  get exported(): boolean {
    return isExported(this.name);
  }

  get type(): Type | undefined {
    if (this.#state === "unknown" && this.#origin !== undefined) this.#ask(this.#origin);
    return this.#type;
  }

  get constant(): ConstantValue | undefined {
    if (this.kind !== "const") return undefined;
    if (this.#state === "unknown" && this.#origin !== undefined) this.#ask(this.#origin);
    return this.#constant;
  }

  /** Says what it is, so that nobody needs to be asked. */
  settle(type: Type | undefined, constant?: ConstantValue): this {
    this.#type = type;
    this.#constant = constant;
    this.#state = "known";
    this.#origin = undefined;
    return this;
  }

  /** The same for other packages, without a place in this one's tree; what is not known yet is found when it is asked for. */
  asForeign(): SymbolRecord {
    return new SymbolRecord(
      { ...this.#parts(), decl: undefined, func: undefined },
      {
        typeOfSymbol: () => this.type,
        constantOfSymbol: () => this.constant,
      },
    );
  }

  /** The same for other packages: everything is known, and nothing of this package's tree is held. */
  seal(): SymbolRecord {
    const sealed = new SymbolRecord({ ...this.#parts(), decl: undefined, func: undefined }, undefined);
    return sealed.settle(this.type, this.constant);
  }

  #parts(): SymbolParts {
    const { kind, scope, name, pkgPath, key, embedded, pointerReceiver } = this;
    return { kind, scope, name, pkgPath, key, embedded, pointerReceiver };
  }

  #ask(origin: SymbolOrigin): void {
    // What depends on itself (`var x = f(x)`) is unknown while it is asked for.
    this.#state = "asking";
    if (this.kind === "const") this.#constant = origin.constantOfSymbol(this);
    this.#type = origin.typeOfSymbol(this);
    this.#state = "known";
    this.#origin = undefined;
  }
}

/** Whether other packages can name it. */
function isExported(name: string): boolean {
  const first = name.charCodeAt(0);
  if (first < 128) return first >= 65 && first <= 90;
  return /^\p{Lu}/u.test(name);
}
