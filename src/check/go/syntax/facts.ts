/** What the parts of the resolver ask each other. Modules may not know each other in a circle; types do. */

import type { ProgramIndex } from "../program-index.ts";
import type { ConstantValue, GoSymbol, Selection } from "../symbols.ts";
import type { GoTree, NodeId } from "../tree.ts";
import type { Type } from "../type-table.ts";
import type { Bound } from "./binder.ts";
import type { PackageDeclarations } from "./declarations.ts";

export interface Facts {
  readonly tree: GoTree;
  readonly index: ProgramIndex;
  readonly pkgPath: string;
  readonly bound: Bound;
  readonly declarations: PackageDeclarations;
  /** Notes a type whose definition reads this package's tree. */
  holdsTree(type: Type): void;
  /** What an identifier or a qualified one stands for. */
  symbol(node: NodeId): GoSymbol | undefined;
  typeOf(node: NodeId): Type | undefined;
  /** The type that a type expression denotes. */
  denoted(node: NodeId): Type | undefined;
  isType(node: NodeId): boolean;
  constant(node: NodeId): ConstantValue | undefined;
  selection(node: NodeId): Selection | undefined;
}
