/** What may follow an operand: selectors, calls, indices, assertions, the braces of a literal. */

import { Kind, Role } from "../kinds.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** The operand with all that follows it. */
export function parsePrimary(p: Parser, operand: RawNode): RawNode {
  let x = operand;
  for (let next = parseSuffix(p, x); next !== 0; next = parseSuffix(p, x)) x = next;
  return x;
}

function parseSuffix(p: Parser, x: RawNode): RawNode {
  switch (p.tok) {
    case Token.Period:
      return selectorOrAssertion(p, x);
    case Token.LBrack:
      return indexOrSlice(p, x);
    case Token.LParen:
      return call(p, x);
    case Token.LBrace:
      return mayBeLiteral(p, x) ? parseLiteralValue(p, x) : 0;
    default:
      return 0;
  }
}

/** Whether `{` after `x` begins the elements of a literal rather than a statement's body. */
function mayBeLiteral(p: Parser, x: RawNode): boolean {
  switch (p.build.kind(x)) {
    case Kind.Ident:
      return p.expressionLevel >= 0;
    case Kind.SelectorExpr:
      return p.expressionLevel >= 0 && p.build.kind(p.build.first(x)) === Kind.Ident;
    case Kind.IndexExpr:
      return p.expressionLevel >= 0;
    case Kind.ArrayType:
    case Kind.StructType:
    case Kind.MapType:
      return true;
    default:
      return false;
  }
}

function selectorOrAssertion(p: Parser, x: RawNode): RawNode {
  p.next();
  if (!p.is(Token.LParen)) {
    const selector = p.build.node(Kind.SelectorExpr, p.build.from(x), 0);
    p.build.add(selector, x, Role.X);
    p.build.add(selector, p.ident(), Role.Sel);
    return selector;
  }
  const assertion = p.build.node(Kind.TypeAssertExpr, p.build.from(x), 0);
  p.build.add(assertion, x, Role.X);
  p.next();
  if (!p.accept(Token.Type)) p.build.add(assertion, p.grammar.type(p), Role.Type);
  p.build.setTo(assertion, p.expect(Token.RParen));
  return assertion;
}

function call(p: Parser, fun: RawNode): RawNode {
  const node = p.build.node(Kind.CallExpr, p.build.from(fun), 0);
  p.build.add(node, fun, Role.Fun);
  p.next();
  p.expressionLevel += 1;
  while (!p.is(Token.RParen) && !p.is(Token.End)) {
    p.build.add(node, p.grammar.expression(p), Role.Arg);
    if (p.accept(Token.Ellipsis)) p.build.setOp(node, Token.Ellipsis);
    if (!p.accept(Token.Comma)) break;
  }
  p.expressionLevel -= 1;
  p.build.setTo(node, p.expect(Token.RParen));
  return node;
}

function indexOrSlice(p: Parser, x: RawNode): RawNode {
  p.next();
  p.expressionLevel += 1;
  const first = p.is(Token.Colon) ? 0 : p.grammar.expression(p);
  const node = p.is(Token.Colon) ? slice(p, x, first) : index(p, x, first);
  p.expressionLevel -= 1;
  p.build.setTo(node, p.expect(Token.RBrack));
  return node;
}

function index(p: Parser, x: RawNode, first: RawNode): RawNode {
  const node = p.build.node(Kind.IndexExpr, p.build.from(x), 0);
  p.build.add(node, x, Role.X);
  p.build.add(node, first, Role.Index);
  while (p.accept(Token.Comma)) {
    if (p.is(Token.RBrack)) break;
    p.build.add(node, p.grammar.type(p), Role.Index);
  }
  return node;
}

function slice(p: Parser, x: RawNode, low: RawNode): RawNode {
  const node = p.build.node(Kind.SliceExpr, p.build.from(x), 0);
  p.build.add(node, x, Role.X);
  p.build.add(node, low, Role.Low);
  p.next();
  if (!p.is(Token.Colon) && !p.is(Token.RBrack)) p.build.add(node, p.grammar.expression(p), Role.High);
  if (p.accept(Token.Colon)) p.build.add(node, p.grammar.expression(p), Role.Max);
  return node;
}

/** `{ … }` of a composite literal; `type` is 0 inside another literal. */
function parseLiteralValue(p: Parser, type: RawNode): RawNode {
  const literal = p.build.node(Kind.CompositeLit, type === 0 ? p.scan.from : p.build.from(type), 0);
  p.build.add(literal, type, Role.Type);
  p.enter();
  p.next();
  p.expressionLevel += 1;
  while (!p.is(Token.RBrace) && !p.is(Token.End)) {
    p.build.add(literal, element(p), Role.Elt);
    if (!p.accept(Token.Comma)) break;
  }
  p.expressionLevel -= 1;
  p.leave();
  p.build.setTo(literal, p.expect(Token.RBrace));
  return literal;
}

function element(p: Parser): RawNode {
  const x = elementPart(p);
  if (!p.accept(Token.Colon)) return x;
  const pair = p.build.node(Kind.KeyValueExpr, p.build.from(x), 0);
  p.build.add(pair, x, Role.Key);
  p.build.add(pair, elementPart(p), Role.Value);
  return pair;
}

function elementPart(p: Parser): RawNode {
  return p.is(Token.LBrace) ? parseLiteralValue(p, 0) : p.grammar.expression(p);
}
