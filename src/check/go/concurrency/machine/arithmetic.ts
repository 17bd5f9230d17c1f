/** Operators on values. What is not known gives an unknown value whose key is the expression, so that equal ones stay equal. */

import type { Memory } from "./memory.ts";
import { isObject, type Unknown, type Value } from "./value.ts";

export function unary(memory: Memory, operator: string, x: Value): Value {
  if (isObject(x)) {
    if (x.kind !== "unknown") return memory.unknown(undefined);
    if (operator === "!") return { ...x, key: x.key.startsWith("!") ? x.key.slice(1) : `!${x.key}` };
    return operator === "+" ? x : memory.unknown(x.type, `${operator}(${x.key})`);
  }
  switch (operator) {
    case "!":
      return x !== true;
    case "-":
      return -Number(x ?? 0);
    case "^":
      return ~Number(x ?? 0);
    default:
      return x;
  }
}

export function binary(memory: Memory, operator: string, x: Value, y: Value, isInteger: boolean): Value {
  if (operator === "==") return equal(memory, x, y);
  if (operator === "!=") return unary(memory, "!", equal(memory, x, y));
  if (isObject(x) || isObject(y) || x === undefined || y === undefined) return symbolic(memory, operator, x, y);
  if (typeof x === "string" || typeof y === "string") return onTexts(operator, String(x), String(y));
  return onNumbers(operator, Number(x), Number(y), isInteger);
}

function symbolic(memory: Memory, operator: string, x: Value, y: Value): Value {
  const type = isObject(x) && x.kind === "unknown" ? x.type : undefined;
  return memory.unknown(type, `(${keyOf(x)}${operator}${keyOf(y)})`);
}

function keyOf(value: Value): string {
  if (!isObject(value)) return String(value);
  return value.kind === "unknown" ? value.key : value.kind;
}

/** Identity for pointers, maps and channels; nil is equal to nothing else that is known. An unknown answer carries the operand's type. */
export function equal(memory: Memory, x: Value, y: Value): Value {
  if (x === y) return true;
  if (isUnknown(x) || isUnknown(y)) {
    // A certain struct (an error of a certain type) is one of very many values.
    if ([x, y].some((one) => isObject(one) && one.kind === "aggregate")) return false;
    if (isUnknown(x) && isUnknown(y) && x.key === y.key) return true;
    const [one, other] = [keyOf(x), keyOf(y)].toSorted();
    const operand = isUnknown(x) ? x : y;
    return memory.unknown(isUnknown(operand) ? operand.type : undefined, `(${one}==${other})`);
  }
  if (isObject(x) && isObject(y)) {
    const isError = x.kind === "opaque" && x.what === "error";
    const isOpen = x.kind === y.kind && !isError && x.kind !== "cell" && x.kind !== "channel" && x.kind !== "map";
    return isOpen ? memory.unknown(undefined) : false;
  }
  return false;
}

function isUnknown(value: Value): value is Unknown {
  return isObject(value) && value.kind === "unknown";
}

function onTexts(operator: string, x: string, y: string): Value {
  if (operator === "+") return x.length + y.length > 1000 ? x : x + y;
  return compare(operator, x < y ? -1 : Number(x > y));
}

function compare(operator: string, order: number): Value {
  switch (operator) {
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    default:
      return undefined;
  }
}

function onNumbers(operator: string, x: number, y: number, isInteger: boolean): Value {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return isInteger ? Math.trunc(x / y) : x / y;
    case "%":
      return x % y;
    case "&":
      return Number(BigInt.asIntN(64, BigInt(Math.trunc(x)) & BigInt(Math.trunc(y))));
    default:
      return compare(operator, Math.sign(x - y)) ?? onBits(operator, Math.trunc(x), Math.trunc(y));
  }
}

function onBits(operator: string, x: number, y: number): Value {
  switch (operator) {
    case "|":
      return x | y;
    case "^":
      return x ^ y;
    case "<<":
      return y > 62 ? 0 : x * 2 ** y;
    case ">>":
      return Math.floor(x / 2 ** Math.min(y, 62));
    default:
      return x & ~y;
  }
}

/** What to take for true when nobody knows: an error is usually nil, another pointer is not, and a body is there to be run. */
export function usuallyTrue({ key, type }: Unknown): boolean {
  const isNilTest = /^!?\((?:.*==undefined|undefined==.*)\)$/.test(key);
  if (!isNilTest) return true;
  const isError = type?.name === "error";
  return key.startsWith("!") ? !isError : isError;
}
