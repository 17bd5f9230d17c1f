/** The cell that a library object's method is called on. */

import { asCell, type Spot } from "../places.ts";
import { type Cell, isObject, type Value } from "../value.ts";

export function receiverCell(spot: Spot, receiver: Value): Cell | undefined {
  if (!isObject(receiver)) return undefined;
  if (receiver.kind === "cell") {
    const { value } = receiver;
    const isPointer =
      receiver.kids === undefined && isObject(value) && (value.kind === "cell" || value.kind === "unknown");
    return isPointer && receiver.sync === undefined && receiver.type?.kind !== "named"
      ? receiverCell(spot, value)
      : receiver;
  }
  if (receiver.kind === "aggregate") return receiver.cell;
  return receiver.kind === "unknown" ? asCell(spot, receiver, receiver.type?.elem) : undefined;
}
