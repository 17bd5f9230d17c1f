import type { GoMethod, GoSymbol, GoType } from "./symbols.ts";

/** A method of a type; its signature is found when first asked for, and what finds it is let go of. */
export class MethodRecord implements GoMethod {
  readonly name: string;
  readonly key: string;
  readonly pointerReceiver: boolean;
  readonly symbol: GoSymbol | undefined;
  #find: (() => GoType | undefined) | undefined;
  #type: GoType | undefined;

  constructor(name: string, key: string, pointerReceiver: boolean, find: () => GoType | undefined, symbol?: GoSymbol) {
    this.name = name;
    this.key = key;
    this.pointerReceiver = pointerReceiver;
    this.#find = find;
    this.symbol = symbol;
  }

  get type(): GoType | undefined {
    const find = this.#find;
    this.#find = undefined;
    if (find !== undefined) this.#type = find();
    return this.#type;
  }
}
