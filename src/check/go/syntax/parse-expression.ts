/** Expressions, and types where Go's grammar cannot tell them apart. */

import { Kind, Role } from "../kinds.ts";
import { parseOperand } from "./parse-operand.ts";
import { parsePrimary } from "./parse-primary.ts";
import type { Parser } from "./parser.ts";
import { precedences, Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseExpression(p: Parser): RawNode {
  return parseBinary(p, 0, 1);
}

/** The rest of an expression that begins with `operand`. */
export function parseExpressionFrom(p: Parser, operand: RawNode): RawNode {
  return parseBinary(p, parsePrimary(p, operand), 1);
}

export function parseExpressionList(p: Parser): RawNode[] {
  const list = [parseExpression(p)];
  while (p.accept(Token.Comma)) list.push(parseExpression(p));
  return list;
}

function parseBinary(p: Parser, left: RawNode, precedence: number): RawNode {
  let x = left === 0 ? parseUnary(p) : left;
  for (;;) {
    const op = p.tok;
    const own = precedences[op] ?? 0;
    if (own < precedence) break;
    p.next();
    const binary = p.build.node(Kind.BinaryExpr, p.build.from(x), 0, op);
    p.build.add(binary, x, Role.X);
    p.build.add(binary, parseBinary(p, 0, own + 1), Role.Y);
    x = binary;
  }
  return x;
}

function parseUnary(p: Parser): RawNode {
  switch (p.tok) {
    case Token.Add:
    case Token.Sub:
    case Token.Not:
    case Token.Xor:
    case Token.And:
    case Token.Tilde:
      return prefix(p, p.tok);
    case Token.Arrow:
      return arrow(p);
    case Token.Mul:
      return star(p);
    default:
      return parsePrimary(p, parseOperand(p));
  }
}

function prefix(p: Parser, op: number): RawNode {
  const unary = p.build.node(Kind.UnaryExpr, p.scan.from, 0, op);
  p.enter();
  p.next();
  p.build.add(unary, parseUnary(p), Role.X);
  p.leave();
  return unary;
}

function star(p: Parser): RawNode {
  const node = p.build.node(Kind.StarExpr, p.scan.from, 0);
  p.enter();
  p.next();
  p.build.add(node, parseUnary(p), Role.X);
  p.leave();
  return node;
}

/** A receive, or a receive-only channel type: `<-chan int`. */
function arrow(p: Parser): RawNode {
  const { from } = p.scan;
  p.enter();
  p.next();
  const x = parseUnary(p);
  p.leave();
  if (p.build.kind(x) === Kind.ChanType) return receiveOnly(p, x, from);
  const receive = p.build.node(Kind.UnaryExpr, from, 0, Token.Arrow);
  p.build.add(receive, x, Role.X);
  return receive;
}

/** In `<-chan<- chan T` each arrow belongs to the `chan` that follows it, not to the one before it. */
function receiveOnly(p: Parser, chan: RawNode, from: number): RawNode {
  p.build.setFrom(chan, from);
  let node = chan;
  for (;;) {
    const direction = p.build.op(node);
    if (direction === Token.ReceiveChan) p.fail();
    p.build.setOp(node, Token.ReceiveChan);
    if (direction === Token.Chan) return chan;
    node = p.build.first(node);
    if (p.build.kind(node) !== Kind.ChanType) p.fail();
  }
}
