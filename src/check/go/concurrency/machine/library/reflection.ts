/** As much of reflect as reads and writes memory. */

import type { LibraryFunction } from "../calls.ts";
import { elementPlace, load, store, touchElements } from "../places.ts";
import { isObject, type Value } from "../value.ts";

function target(receiver: Value): Value {
  return isObject(receiver) && receiver.kind === "opaque" ? receiver.target : receiver;
}

const valueOf: LibraryFunction = (_spot, _call, _receiver, [value]) => [
  { kind: "opaque", what: "reflect", target: value },
];

const elem: LibraryFunction = (_spot, _call, receiver) => [
  { kind: "opaque", what: "reflect", target: target(receiver) },
];

const index: LibraryFunction = (spot, _call, receiver, [at]) => {
  return [{ kind: "opaque", what: "reflect", target: elementPlace(spot, target(receiver), at, undefined) }];
};

const read: LibraryFunction = (spot, _call, receiver) => {
  const place = target(receiver);
  return [isObject(place) && place.kind === "cell" ? load(spot, place) : place];
};

const write: LibraryFunction = (spot, _call, receiver, [value]) => {
  const place = target(receiver);
  if (isObject(place) && place.kind === "cell") store(spot, place, target(value), false);
  return [];
};

const copy: LibraryFunction = (spot, _call, _receiver, args) => {
  const [to, from] = args.map(target);
  if (isObject(from) && from.kind === "slice") touchElements(spot, from, 0, from.length, { isWrite: false });
  if (isObject(to) && to.kind === "slice") touchElements(spot, to, 0, to.length, { isWrite: true, what: "copy" });
  return [];
};

const methods: Readonly<Record<string, LibraryFunction>> = {
  Elem: elem,
  Index: index,
  Set: write,
  SetInt: write,
  SetUint: write,
  SetString: write,
  SetBool: write,
  SetFloat: write,
  Int: read,
  Uint: read,
  String: read,
  Bool: read,
  Float: read,
  Interface: read,
};

export function reflectFunction(key: string, name: string, receiver: Value): LibraryFunction | undefined {
  if (key === "reflect.ValueOf") return valueOf;
  if (key === "reflect.Copy") return copy;
  const isReflected = isObject(receiver) && receiver.kind === "opaque" && receiver.what === "reflect";
  return isReflected ? methods[name] : undefined;
}
