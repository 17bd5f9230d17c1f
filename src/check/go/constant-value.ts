/** Values of constant expressions: exact for integers, booleans and strings; floats as far as a number is exact. */

import type { ConstantValue } from "./symbols.ts";

/** A literal's value by its kind; `undefined` if it is not one that a ConstantValue can hold. */
export function literalValue(op: string, text: string): ConstantValue | undefined {
  switch (op) {
    case "INT":
      return normalize(integer(text.replaceAll("_", "")));
    case "FLOAT": {
      const value = Number(text.replaceAll("_", ""));
      return Number.isFinite(value) ? value : undefined;
    }
    case "STRING":
      return text.startsWith("`") ? text.slice(1, -1).replaceAll("\r", "") : unquote(text);
    case "CHAR":
      return unquote(text)?.codePointAt(0);
    default:
      return undefined;
  }
}

function integer(text: string): bigint | undefined {
  const octal = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text;
  try {
    return BigInt(octal);
  } catch {
    return undefined; // digits that its base does not have
  }
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** What a quoted string or character stands for. */
export function unquote(text: string): string | undefined {
  const inside = text.slice(1, -1);
  if (!inside.includes("\\")) return inside;
  // Bytes that are no UTF-8 have no place in a JavaScript string: such a value is not known.
  if (/\\x[89a-fA-F]|\\[23]\d\d/.test(inside)) return undefined;
  return inside.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g,
    (_, hex: string, short: string, long: string, octal: string, char: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const digits = hex ?? short ?? long;
      return digits === undefined ? (escapes[char] ?? char) : codePoint(Number.parseInt(digits, 16));
    },
  );
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** As a number where that is exact. */
export function normalize(value: bigint | undefined): ConstantValue | undefined {
  if (value === undefined) return undefined;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

export function unaryValue(op: string, x: ConstantValue | undefined): ConstantValue | undefined {
  if (typeof x === "boolean") return op === "!" ? !x : undefined;
  if (typeof x !== "number" && typeof x !== "bigint") return undefined;
  if (op === "-") return normalizeNumber(-x);
  if (op === "+") return x;
  return op === "^" && isInteger(x) ? normalize(~BigInt(x)) : undefined;
}

/** `isInteger` decides what `/` means; between floats that happen to be whole it is not an integer division. */
export function binaryValue(
  op: string,
  x: ConstantValue | undefined,
  y: ConstantValue | undefined,
  areIntegers: boolean,
): ConstantValue | undefined {
  if (x === undefined || y === undefined) return undefined;
  if (typeof x === "boolean" && typeof y === "boolean") return logical(op, x, y);
  if (typeof x === "string" && typeof y === "string") return strings(op, x, y);
  if (!isNumeric(x) || !isNumeric(y)) return undefined;
  if (isInteger(x) && isInteger(y) && areIntegers) return integers(op, BigInt(x), BigInt(y));
  return floats(op, Number(x), Number(y));
}

function strings(op: string, x: string, y: string): ConstantValue | undefined {
  return op === "+" ? x + y : compared(op, x < y ? -1 : Number(x > y));
}

function isNumeric(x: ConstantValue): x is number | bigint {
  return typeof x === "number" || typeof x === "bigint";
}

function isInteger(x: number | bigint): boolean {
  return typeof x === "bigint" || Number.isSafeInteger(x);
}

function normalizeNumber(x: number | bigint): ConstantValue | undefined {
  return typeof x === "bigint" ? normalize(x) : x;
}

function logical(op: string, x: boolean, y: boolean): boolean | undefined {
  if (op === "&&") return x && y;
  if (op === "||") return x || y;
  return op === "==" || op === "!=" ? (x === y) === (op === "==") : undefined;
}

function compared(op: string, order: number): boolean | undefined {
  switch (op) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    default:
      return undefined;
  }
}

/** Shifts beyond this make numbers that no program needs. */
const shiftMax = 512n;

function integers(op: string, x: bigint, y: bigint): ConstantValue | undefined {
  switch (op) {
    case "+":
      return normalize(x + y);
    case "-":
      return normalize(x - y);
    case "*":
      return normalize(x * y);
    case "/":
      return y === 0n ? undefined : normalize(x / y);
    case "%":
      return y === 0n ? undefined : normalize(x % y);
    case "&":
      return normalize(x & y);
    case "|":
      return normalize(x | y);
    case "^":
      return normalize(x ^ y);
    case "&^":
      return normalize(x & ~y);
    case "<<":
      return y < 0n || y > shiftMax ? undefined : normalize(x << y);
    case ">>":
      return y < 0n || y > shiftMax ? undefined : normalize(x >> y);
    default:
      return compared(op, x < y ? -1 : Number(x > y));
  }
}

function floats(op: string, x: number, y: number): ConstantValue | undefined {
  switch (op) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return y === 0 ? undefined : x / y;
    default:
      return compared(op, x < y ? -1 : Number(x > y));
  }
}
