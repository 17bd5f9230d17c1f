/** Assignments, sends, `x++`, and expressions that stand alone. */

import { Kind, Role } from "../kinds.ts";
import { parseExpression, parseExpressionList } from "./parse-expression.ts";
import type { Parser } from "./parser.ts";
import { isAssignment, Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseSimpleStatement(p: Parser): RawNode {
  return afterLeft(p, parseExpressionList(p));
}

/** The header of a `for`: as a simple statement, or `k, v := range x`, then a RangeStmt that has no body yet. */
export function parseForHeader(p: Parser): RawNode {
  const left = parseExpressionList(p);
  if (!p.is(Token.Define) && !p.is(Token.Assign)) return afterLeft(p, left);
  const op = p.tok;
  p.next();
  if (!p.is(Token.Range)) return assignment(p, left, op);
  p.next();
  const range = p.build.node(Kind.RangeStmt, p.build.from(left[0] ?? 0), 0, op);
  if (left.length > 2) p.fail("range gives at most two values");
  p.build.add(range, left[0] ?? 0, Role.Key);
  p.build.add(range, left[1] ?? 0, Role.Value);
  p.build.add(range, parseExpression(p), Role.X);
  return range;
}

function afterLeft(p: Parser, left: readonly RawNode[]): RawNode {
  const op = p.tok;
  if (isAssignment(op)) {
    p.next();
    return assignment(p, left, op);
  }
  const x = left[0] ?? 0;
  if (left.length > 1) p.fail("expected one expression");
  if (op === Token.Arrow) return send(p, x);
  if (op === Token.Inc || op === Token.Dec) {
    const statement = p.build.node(Kind.IncDecStmt, p.build.from(x), p.scan.to, op);
    p.build.add(statement, x, Role.X);
    p.next();
    return statement;
  }
  const statement = p.build.node(Kind.ExprStmt, p.build.from(x), 0);
  p.build.add(statement, x, Role.X);
  return statement;
}

function assignment(p: Parser, left: readonly RawNode[], op: number): RawNode {
  const statement = p.build.node(Kind.AssignStmt, p.build.from(left[0] ?? 0), 0, op);
  for (const x of left) p.build.add(statement, x, Role.Lhs);
  for (const x of parseExpressionList(p)) p.build.add(statement, x, Role.Rhs);
  return statement;
}

function send(p: Parser, chan: RawNode): RawNode {
  const statement = p.build.node(Kind.SendStmt, p.build.from(chan), 0);
  p.build.add(statement, chan, Role.Chan);
  p.next();
  p.build.add(statement, parseExpression(p), Role.Value);
  return statement;
}
