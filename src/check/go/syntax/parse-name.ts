/** Names of types: plain, qualified, with type arguments. */

import { Kind, Role } from "../kinds.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** `Name`, `pkg.Name`, either with type arguments. */
export function parseNamedType(p: Parser): RawNode {
  const name = parseQualified(p, p.ident());
  return p.is(Token.LBrack) ? parseInstance(p, name) : name;
}

/** The rest of `pkg.Name` after `pkg`. */
export function parseQualified(p: Parser, first: RawNode): RawNode {
  if (!p.accept(Token.Period)) return first;
  const selector = p.build.node(Kind.SelectorExpr, p.build.from(first), 0);
  p.build.add(selector, first, Role.X);
  p.build.add(selector, p.ident(), Role.Sel);
  return selector;
}

/** `[A, B]` after a generic type's name. */
function parseInstance(p: Parser, name: RawNode): RawNode {
  const instance = p.build.node(Kind.IndexExpr, p.build.from(name), 0);
  p.build.add(instance, name, Role.X);
  p.expect(Token.LBrack);
  p.expressionLevel += 1;
  do {
    if (p.is(Token.RBrack)) break;
    p.build.add(instance, p.grammar.type(p), Role.Index);
  } while (p.accept(Token.Comma));
  p.expressionLevel -= 1;
  p.build.setTo(instance, p.expect(Token.RBrack));
  return instance;
}

/**
 * After a name that a `[` follows: `name []E`, `name [n]E` (a name with an array type), or `name[A, B]` (an instance, then
 * without a name of its own).
 */
export function parseArrayOrInstance(p: Parser, name: RawNode): { name: RawNode; type: RawNode } {
  const { from } = p.scan;
  p.expect(Token.LBrack);
  if (p.is(Token.RBrack) || p.is(Token.Ellipsis)) return { name, type: arrayType(p, from, 0) };
  const args = bracketed(p);
  const close = p.scan.to;
  const isAlone = args.length === 1;
  p.expect(Token.RBrack);
  const elem = isAlone ? p.grammar.optionalType(p) : 0;
  if (elem === 0) {
    const instance = p.build.node(Kind.IndexExpr, p.build.from(name), close);
    p.build.add(instance, name, Role.X);
    for (const arg of args) p.build.add(instance, arg, Role.Index);
    return { name: 0, type: instance };
  }
  const array = p.build.node(Kind.ArrayType, from, 0);
  p.build.add(array, args[0] ?? 0, Role.Len);
  p.build.add(array, elem, Role.Elem);
  return { name, type: array };
}

function bracketed(p: Parser): RawNode[] {
  const args: RawNode[] = [];
  p.expressionLevel += 1;
  do {
    if (p.is(Token.RBrack)) break;
    args.push(p.grammar.expression(p));
  } while (p.accept(Token.Comma));
  p.expressionLevel -= 1;
  return args;
}

/** The rest of an array or slice type after `[`; `length` is 0 if it was not parsed yet. */
export function arrayType(p: Parser, from: number, length: RawNode): RawNode {
  const array = p.build.node(Kind.ArrayType, from, 0);
  if (length !== 0) p.build.add(array, length, Role.Len);
  else if (p.is(Token.Ellipsis)) {
    p.build.add(array, p.build.node(Kind.Ellipsis, p.scan.from, p.scan.to), Role.Len);
    p.next();
  } else if (!p.is(Token.RBrack)) {
    p.expressionLevel += 1;
    p.build.add(array, p.grammar.expression(p), Role.Len);
    p.expressionLevel -= 1;
  }
  p.expect(Token.RBrack);
  p.build.add(array, p.grammar.type(p), Role.Elem);
  return array;
}
