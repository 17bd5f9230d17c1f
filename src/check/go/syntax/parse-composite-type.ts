/** Struct and interface types. */

import { Kind, Role } from "../kinds.ts";
import { parseEmbedded } from "./parse-constraint.ts";
import { parseArrayOrInstance, parseNamedType, parseQualified } from "./parse-name.ts";
import { parseFunctionType } from "./parse-signature.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseStructType(p: Parser): RawNode {
  const struct = p.build.node(Kind.StructType, p.scan.from, 0);
  p.next();
  p.build.add(struct, parseFieldList(p, parseField), Role.Fields);
  return struct;
}

export function parseInterfaceType(p: Parser): RawNode {
  const type = p.build.node(Kind.InterfaceType, p.scan.from, 0);
  p.next();
  p.build.add(type, parseFieldList(p, parseInterfaceElement), Role.Fields);
  return type;
}

function parseFieldList(p: Parser, parseOne: (p: Parser) => RawNode): RawNode {
  const list = p.build.node(Kind.FieldList, p.scan.from, 0);
  p.expect(Token.LBrace);
  while (!p.is(Token.RBrace) && !p.is(Token.End)) {
    p.build.add(list, parseOne(p), Role.Field);
    p.endStatement();
  }
  p.build.setTo(list, p.expect(Token.RBrace));
  return list;
}

function parseField(p: Parser): RawNode {
  const field = p.build.node(Kind.Field, p.scan.from, 0);
  if (p.is(Token.Ident)) addNamedField(p, field);
  else p.build.add(field, embeddedType(p), Role.Type);
  if (p.is(Token.String)) p.build.add(field, p.literal(), Role.Tag);
  return field;
}

/** `*T`, and `(T)`, which the type checker would refuse. */
function embeddedType(p: Parser): RawNode {
  if (!p.is(Token.Mul)) return p.is(Token.LParen) ? p.grammar.type(p) : p.fail();
  const star = p.build.node(Kind.StarExpr, p.scan.from, 0);
  p.next();
  p.build.add(star, parseNamedType(p), Role.X);
  return star;
}

function addNamedField(p: Parser, field: RawNode): void {
  const first = p.ident();
  if (p.is(Token.Period) || p.is(Token.String) || p.is(Token.Semicolon) || p.is(Token.RBrace)) {
    const name = parseQualified(p, first);
    p.build.add(field, p.is(Token.LBrack) ? parseArrayOrInstance(p, name).type : name, Role.Type);
    return;
  }
  if (p.is(Token.LBrack)) {
    const { name, type } = parseArrayOrInstance(p, first);
    p.build.add(field, name, Role.Name);
    p.build.add(field, type, Role.Type);
    return;
  }
  p.build.add(field, first, Role.Name);
  while (p.accept(Token.Comma)) p.build.add(field, p.ident(), Role.Name);
  p.build.add(field, p.grammar.type(p), Role.Type);
}

function parseInterfaceElement(p: Parser): RawNode {
  const field = p.build.node(Kind.Field, p.scan.from, 0);
  if (!p.is(Token.Ident)) {
    p.build.add(field, parseEmbedded(p, 0), Role.Type);
    return field;
  }
  const name = p.ident();
  if (p.is(Token.LParen)) {
    p.build.add(field, name, Role.Name);
    p.build.add(field, parseFunctionType(p, p.scan.from), Role.Type);
    return field;
  }
  const qualified = parseQualified(p, name);
  const type = p.is(Token.LBrack) ? parseArrayOrInstance(p, qualified).type : qualified;
  p.build.add(field, parseEmbedded(p, type), Role.Type);
  return field;
}
