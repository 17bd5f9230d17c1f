/** Elements of interfaces and constraints: `T`, `~T`, `A | ~B`. */

import { Kind, Role } from "../kinds.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** A union that begins with `first`, or from the token at hand if that is 0. */
export function parseEmbedded(p: Parser, first: RawNode): RawNode {
  let x = first === 0 ? parseTerm(p) : first;
  while (p.is(Token.Or)) {
    const union = p.build.node(Kind.BinaryExpr, p.build.from(x), 0, Token.Or);
    p.next();
    p.build.add(union, x, Role.X);
    p.build.add(union, parseTerm(p), Role.Y);
    x = union;
  }
  return x;
}

function parseTerm(p: Parser): RawNode {
  if (!p.is(Token.Tilde)) return p.grammar.type(p);
  const tilde = p.build.node(Kind.UnaryExpr, p.scan.from, 0, Token.Tilde);
  p.next();
  p.build.add(tilde, p.grammar.type(p), Role.X);
  return tilde;
}
