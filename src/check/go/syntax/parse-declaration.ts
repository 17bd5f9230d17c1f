/** Declarations: import, const, type, var, func. */

import { Kind, Role } from "../kinds.ts";
import { parseExpressionFrom, parseExpressionList } from "./parse-expression.ts";
import { arrayType } from "./parse-name.ts";
import { parseParameters, parseSignature, parseTypeParameters } from "./parse-signature.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** `const`, `type`, `var` or `import` with one specification, or several in parentheses. */
export function parseDeclarationGroup(p: Parser): RawNode {
  const keyword = p.tok;
  const group = p.build.node(Kind.GenDecl, p.scan.from, 0, keyword);
  p.next();
  if (!p.accept(Token.LParen)) {
    p.build.add(group, specification(p, keyword), Role.Spec);
    return group;
  }
  while (!p.is(Token.RParen) && !p.is(Token.End)) {
    p.build.add(group, specification(p, keyword), Role.Spec);
    p.endStatement();
  }
  p.build.setTo(group, p.expect(Token.RParen));
  return group;
}

function specification(p: Parser, keyword: number): RawNode {
  if (keyword === Token.Import) return importSpecification(p);
  return keyword === Token.Type ? typeSpecification(p) : valueSpecification(p);
}

function importSpecification(p: Parser): RawNode {
  const spec = p.build.node(Kind.ImportSpec, p.scan.from, 0);
  if (p.is(Token.Ident)) p.build.add(spec, p.ident(), Role.Name);
  else if (p.is(Token.Period)) {
    p.build.add(spec, p.build.node(Kind.Ident, p.scan.from, p.scan.to, 0, p.build.names.number(".")), Role.Name);
    p.next();
  }
  if (!p.is(Token.String)) p.fail();
  p.build.add(spec, p.literal(), Role.Path);
  return spec;
}

function valueSpecification(p: Parser): RawNode {
  const spec = p.build.node(Kind.ValueSpec, p.scan.from, 0);
  do p.build.add(spec, p.ident(), Role.Name);
  while (p.accept(Token.Comma));
  p.build.add(spec, p.grammar.optionalType(p), Role.Type);
  if (!p.accept(Token.Assign)) return spec;
  for (const value of parseExpressionList(p)) p.build.add(spec, value, Role.Value);
  return spec;
}

function typeSpecification(p: Parser): RawNode {
  const spec = p.build.node(Kind.TypeSpec, p.scan.from, 0);
  p.build.add(spec, p.ident(), Role.Name);
  if (p.is(Token.LBrack)) {
    genericOrArray(p, spec);
    return spec;
  }
  addAliasedType(p, spec);
  return spec;
}

function addAliasedType(p: Parser, spec: RawNode): void {
  if (p.is(Token.Assign)) {
    p.build.setOp(spec, Token.Assign);
    p.next();
  }
  p.build.add(spec, p.grammar.type(p), Role.Type);
}

/** After `type T [`: type parameters, or the length of an array, which both may begin with a name. */
function genericOrArray(p: Parser, spec: RawNode): void {
  const { from } = p.scan;
  p.next();
  if (!p.is(Token.Ident)) {
    p.build.add(spec, arrayType(p, from, 0), Role.Type);
    return;
  }
  p.expressionLevel += 1;
  const name = p.ident();
  const x = p.is(Token.LBrack) ? name : parseExpressionFrom(p, name);
  p.expressionLevel -= 1;
  const first = splitParameter(p, x, p.is(Token.Comma));
  if (first === undefined || (first.type === 0 && p.is(Token.RBrack))) {
    p.build.add(spec, arrayType(p, from, x), Role.Type);
    return;
  }
  p.build.add(spec, parseTypeParameters(p, from, first), Role.TypeParams);
  addAliasedType(p, spec);
}

interface Split {
  name: RawNode;
  type: RawNode;
}

/** `P *C` was read as a product and `P (C)` as a call: the parameter `P` and its constraint, if it can be that. */
function splitParameter(p: Parser, x: RawNode, isForced: boolean): Split | undefined {
  const { build } = p;
  if (build.kind(x) === Kind.Ident) return { name: x, type: 0 };
  const left = build.first(x);
  const right = build.next(left);
  if (build.kind(x) === Kind.CallExpr) {
    if (build.kind(left) !== Kind.Ident || right === 0 || build.next(right) !== 0) return undefined;
    // As in go/parser, the parentheses around the constraint are not kept.
    return isForced || isTypeElement(p, right) ? { name: build.detach(left), type: build.detach(right) } : undefined;
  }
  if (build.kind(x) !== Kind.BinaryExpr) return undefined;
  if (build.op(x) === Token.Mul && build.kind(left) === Kind.Ident && (isForced || isTypeElement(p, right))) {
    return { name: build.detach(left), type: wrap(p, Kind.StarExpr, build.to(left), build.detach(right)) };
  }
  if (build.op(x) !== Token.Or) return undefined;
  const first = splitParameter(p, left, isForced || isTypeElement(p, right));
  if (first === undefined || first.type === 0) return undefined;
  const union = build.node(Kind.BinaryExpr, build.from(first.type), 0, Token.Or);
  build.add(union, first.type, Role.X);
  build.add(union, build.detach(right), Role.Y);
  return { name: first.name, type: union };
}

function wrap(p: Parser, kind: Kind, after: number, inner: RawNode): RawNode {
  const star = p.scan.source.indexOf("*", after);
  const node = p.build.node(kind, star, 0);
  p.build.add(node, inner, Role.X);
  return node;
}

function isTypeElement(p: Parser, x: RawNode): boolean {
  const { build } = p;
  switch (build.kind(x)) {
    case Kind.ArrayType:
    case Kind.StructType:
    case Kind.FuncType:
    case Kind.InterfaceType:
    case Kind.MapType:
    case Kind.ChanType:
      return true;
    case Kind.BinaryExpr:
      return isTypeElement(p, build.first(x)) || isTypeElement(p, build.next(build.first(x)));
    case Kind.UnaryExpr:
      return build.op(x) === Token.Tilde;
    case Kind.ParenExpr:
      return isTypeElement(p, build.first(x));
    default:
      return false;
  }
}

export function parseFunctionDeclaration(p: Parser): RawNode {
  const declaration = p.build.node(Kind.FuncDecl, p.scan.from, 0);
  p.next();
  if (p.is(Token.LParen)) p.build.add(declaration, parseParameters(p), Role.Recv);
  p.build.add(declaration, p.ident(), Role.Name);
  const type = p.build.node(Kind.FuncType, p.scan.from, 0);
  if (p.is(Token.LBrack)) {
    const { from } = p.scan;
    p.next();
    p.build.add(type, parseTypeParameters(p, from), Role.TypeParams);
  }
  parseSignature(p, type);
  p.build.add(declaration, type, Role.Type);
  if (p.is(Token.LBrace)) {
    p.expressionLevel = 0;
    p.build.add(declaration, p.grammar.block(p), Role.Body);
  }
  return declaration;
}
