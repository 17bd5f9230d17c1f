/** Types. */

import { Kind, Role } from "../kinds.ts";
import { arrayType, parseNamedType } from "./parse-name.ts";
import { parseFunctionType } from "./parse-signature.ts";
import type { Parser } from "./parser.ts";
import { parseInterfaceType, parseStructType } from "./parse-composite-type.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseType(p: Parser): RawNode {
  const type = parseOptionalType(p);
  return type === 0 ? p.fail() : type;
}

export function parseOptionalType(p: Parser): RawNode {
  p.enter();
  const type = typeByToken(p);
  p.leave();
  return type;
}

function typeByToken(p: Parser): RawNode {
  switch (p.tok) {
    case Token.Ident:
      return parseNamedType(p);
    case Token.LBrack:
      return arrayOrSlice(p);
    case Token.Struct:
      return parseStructType(p);
    case Token.Mul:
      return pointer(p);
    case Token.Func:
      return functionType(p);
    case Token.Interface:
      return parseInterfaceType(p);
    case Token.Map:
      return mapType(p);
    case Token.Chan:
    case Token.Arrow:
      return chanType(p);
    case Token.LParen:
      return parenthesized(p);
    default:
      return 0;
  }
}

function arrayOrSlice(p: Parser): RawNode {
  const { from } = p.scan;
  p.next();
  return arrayType(p, from, 0);
}

function pointer(p: Parser): RawNode {
  const star = p.build.node(Kind.StarExpr, p.scan.from, 0);
  p.next();
  p.build.add(star, parseType(p), Role.X);
  return star;
}

function functionType(p: Parser): RawNode {
  const { from } = p.scan;
  p.next();
  return parseFunctionType(p, from);
}

function mapType(p: Parser): RawNode {
  const map = p.build.node(Kind.MapType, p.scan.from, 0);
  p.next();
  p.expect(Token.LBrack);
  p.build.add(map, parseType(p), Role.Key);
  p.expect(Token.RBrack);
  p.build.add(map, parseType(p), Role.Value);
  return map;
}

function chanType(p: Parser): RawNode {
  const { from } = p.scan;
  let direction: number = Token.Chan;
  if (p.accept(Token.Arrow)) {
    direction = Token.ReceiveChan;
    p.expect(Token.Chan);
  } else {
    p.next();
    if (p.accept(Token.Arrow)) direction = Token.SendChan;
  }
  const chan = p.build.node(Kind.ChanType, from, 0, direction);
  p.build.add(chan, parseType(p), Role.Elem);
  return chan;
}

function parenthesized(p: Parser): RawNode {
  const paren = p.build.node(Kind.ParenExpr, p.scan.from, 0);
  p.next();
  p.build.add(paren, parseType(p), Role.X);
  p.build.setTo(paren, p.expect(Token.RParen));
  return paren;
}
