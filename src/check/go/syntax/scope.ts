/** Scopes: which name means which symbol. */

import type { GoSymbol } from "../symbols.ts";

export class Scope {
  readonly outer: Scope | undefined;
  #names: Map<string, GoSymbol> | undefined;

  constructor(outer: Scope | undefined) {
    this.outer = outer;
  }

  declare(symbol: GoSymbol): void {
    this.#names ??= new Map();
    this.#names.set(symbol.name, symbol);
  }

  /** Declared in this very scope. */
  own(name: string): GoSymbol | undefined {
    return this.#names?.get(name);
  }

  find(name: string): GoSymbol | undefined {
    const own = this.#names?.get(name);
    if (own !== undefined) return own;
    for (let scope = this.outer; scope !== undefined; scope = scope.outer) {
      const found = scope.#names?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
