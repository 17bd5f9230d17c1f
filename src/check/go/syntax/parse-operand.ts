/** What an expression begins with: names, literals, parentheses, functions, types. */

import { Kind, Role } from "../kinds.ts";
import type { Parser } from "./parser.ts";
import { parseFunctionType } from "./parse-signature.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseOperand(p: Parser): RawNode {
  switch (p.tok) {
    case Token.Ident:
      return p.ident();
    case Token.Int:
    case Token.Float:
    case Token.Imag:
    case Token.Char:
    case Token.String:
      return p.literal();
    case Token.LParen:
      return parenthesized(p);
    case Token.Func:
      return parseFunctionTypeOrLiteral(p);
    default:
      return p.grammar.type(p);
  }
}

function parenthesized(p: Parser): RawNode {
  const paren = p.build.node(Kind.ParenExpr, p.scan.from, 0);
  p.enter();
  p.next();
  p.expressionLevel += 1;
  p.build.add(paren, p.grammar.expression(p), Role.X);
  p.expressionLevel -= 1;
  p.leave();
  p.build.setTo(paren, p.expect(Token.RParen));
  return paren;
}

function parseFunctionTypeOrLiteral(p: Parser): RawNode {
  const { from } = p.scan;
  p.next();
  const type = parseFunctionType(p, from);
  if (!p.is(Token.LBrace)) return type;
  const literal = p.build.node(Kind.FuncLit, from, 0);
  p.build.add(literal, type, Role.Type);
  p.enter();
  p.expressionLevel += 1;
  p.build.add(literal, p.grammar.block(p), Role.Body);
  p.expressionLevel -= 1;
  p.leave();
  return literal;
}
