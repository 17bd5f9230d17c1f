/**
 * GitHub's `${{ … }}` expressions, as far as a repository tells their value. What only a run knows is `undefined`, and
 * stays in texts as it was written. Source: GitHub's page on evaluating expressions.
 */

import { type ExpressionToken, readTokens } from "./tokens.ts";

export type ExpressionValue = string | number | boolean | null;

/** The value of `matrix.os`, `env.GOFLAGS`, … by lower-cased dotted name; undefined when only a run knows it. */
export type ExpressionContext = (name: string) => ExpressionValue | undefined;

interface Reading {
  readonly tokens: readonly ExpressionToken[];
  readonly context: ExpressionContext;
  at: number;
  depth: number;
  isMalformed: boolean;
}

/** The value of an expression without its braces; undefined when only a run knows it, or when it is malformed. */
export function evaluateExpression(text: string, context: ExpressionContext): ExpressionValue | undefined {
  const tokens = readTokens(text);
  if (tokens === undefined || tokens.length === 0) return undefined;
  const reading: Reading = { tokens, context, at: 0, depth: 0, isMalformed: false };
  try {
    const value = readOr(reading);
    return reading.at === tokens.length ? value : undefined;
  } catch (cause) {
    // Malformed text is GitHub's to report; here it only has no value.
    if (reading.isMalformed) return undefined;
    throw cause;
  }
}

/** `text` with each `${{ … }}` replaced by its value where that is known, and normalised where it is not. */
export function resolveText(text: string, context: ExpressionContext): string {
  return text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_, inner: string) => {
    const value = evaluateExpression(inner, context);
    return value === undefined ? `\${{ ${inner.trim().replace(/\s+/g, " ")} }}` : textOfValue(value);
  });
}

function textOfValue(value: ExpressionValue): string {
  return value === null ? "" : String(value);
}

export function isTruthy(value: ExpressionValue): boolean {
  return value !== null && value !== "" && value !== 0 && value !== false;
}

function malformed(reading: Reading): Error {
  reading.isMalformed = true;
  return new SyntaxError("no expression");
}

/** A text may hold an expression that only a run can evaluate; it can be handed on, but not looked at. */
function isKnown(value: ExpressionValue | undefined): value is ExpressionValue {
  return value !== undefined && !(typeof value === "string" && value.includes("${{"));
}

function peek(reading: Reading, ...texts: readonly string[]): string | undefined {
  const token = reading.tokens[reading.at];
  return token?.kind === "operator" && texts.includes(token.text) ? token.text : undefined;
}

function expect(reading: Reading, text: string): void {
  if (peek(reading, text) === undefined) throw malformed(reading);
  reading.at++;
}

function readOr(reading: Reading): ExpressionValue | undefined {
  let left = readAnd(reading);
  while (peek(reading, "||") !== undefined) {
    reading.at++;
    const right = readAnd(reading);
    if (isKnown(left)) left = isTruthy(left) ? left : right;
    else left = undefined;
  }
  return left;
}

function readAnd(reading: Reading): ExpressionValue | undefined {
  let left = readComparison(reading);
  while (peek(reading, "&&") !== undefined) {
    reading.at++;
    const right = readComparison(reading);
    if (isKnown(left)) left = isTruthy(left) ? right : left;
    else if (right !== undefined && !isTruthy(right)) left = undefined;
  }
  return left;
}

function readComparison(reading: Reading): ExpressionValue | undefined {
  const left = readUnary(reading);
  const operator = peek(reading, "==", "!=", "<", ">", "<=", ">=");
  if (operator === undefined) return left;
  reading.at++;
  const right = readUnary(reading);
  return isKnown(left) && isKnown(right) ? compare(operator, left, right) : undefined;
}

function compare(operator: string, left: ExpressionValue, right: ExpressionValue): boolean | undefined {
  if (operator === "==" || operator === "!=") return (comparable(left) === comparable(right)) === (operator === "==");
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  if (operator === "<") return a < b;
  if (operator === ">") return a > b;
  return operator === "<=" ? a <= b : a >= b;
}

/** GitHub compares texts without regard to case, and numbers with texts as numbers. */
function comparable(value: ExpressionValue): string {
  if (typeof value === "string") return value.toLowerCase();
  return value === null ? "0" : String(Number(value));
}

function readUnary(reading: Reading): ExpressionValue | undefined {
  if (++reading.depth > 100) throw malformed(reading);
  try {
    if (peek(reading, "!") === undefined) return readPrimary(reading);
    reading.at++;
    const value = readUnary(reading);
    return value === undefined ? undefined : !isTruthy(value);
  } finally {
    reading.depth--;
  }
}

function readPrimary(reading: Reading): ExpressionValue | undefined {
  const token = reading.tokens[reading.at];
  if (token === undefined) throw malformed(reading);
  reading.at++;
  if (token.kind === "string") return token.text;
  if (token.kind === "number") return Number(token.text);
  if (token.kind === "name") return readName(reading, token.text);
  if (token.text !== "(") throw malformed(reading);
  const value = readOr(reading);
  expect(reading, ")");
  return value;
}

function readName(reading: Reading, first: string): ExpressionValue | undefined {
  if (first === "true" || first === "false") return first === "true";
  if (first === "null") return null;
  if (peek(reading, "(") !== undefined) return readCall(reading, first);
  let name: string | undefined = first.toLowerCase();
  while (peek(reading, ".", "[") !== undefined) {
    const part = readIndex(reading);
    name = name === undefined || part === undefined ? undefined : `${name}.${part.toLowerCase()}`;
  }
  return name === undefined ? undefined : reading.context(name);
}

function readIndex(reading: Reading): string | undefined {
  if (peek(reading, ".") !== undefined) {
    const token = reading.tokens[reading.at + 1];
    if (token === undefined || (token.kind !== "name" && token.text !== "*")) throw malformed(reading);
    reading.at += 2;
    return token.text;
  }
  reading.at++;
  const isStar = peek(reading, "*") !== undefined;
  if (isStar) reading.at++;
  const value = isStar ? undefined : readOr(reading);
  expect(reading, "]");
  return value === undefined ? undefined : textOfValue(value);
}

function readCall(reading: Reading, name: string): ExpressionValue | undefined {
  reading.at++;
  const given: (ExpressionValue | undefined)[] = [];
  while (peek(reading, ")") === undefined) {
    given.push(readOr(reading));
    if (peek(reading, ",") !== undefined) reading.at++;
    else if (peek(reading, ")") === undefined) throw malformed(reading);
  }
  reading.at++;
  const known = given.filter(isKnown);
  return known.length === given.length ? call(name.toLowerCase(), known) : undefined;
}

function call(name: string, given: readonly ExpressionValue[]): ExpressionValue | undefined {
  const [first = "", second = ""] = given.map(textOfValue);
  const [low, part] = [first.toLowerCase(), second.toLowerCase()];
  switch (name) {
    case "contains":
      return low.includes(part);
    case "startswith":
      return low.startsWith(part);
    case "endswith":
      return low.endsWith(part);
    case "format":
      return first.replace(/\{(\d+)\}/g, (_, at: string) => textOfValue(given[Number(at) + 1] ?? null));
    case "fromjson":
      return /^(?:true|false)$/.test(first) ? first === "true" : undefined;
    case "always":
      return true;
    default:
      return undefined;
  }
}
