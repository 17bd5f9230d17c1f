import type { GoType } from "./symbols.ts";
import { Type } from "./type-table.ts";

/** The model's own view of a type: there is no other implementation of GoType than Type. */
export function ownType(type: GoType | undefined): Type | undefined {
  return type instanceof Type ? type : undefined;
}
