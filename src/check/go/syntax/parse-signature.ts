/** Parameters, results, type parameters. */

import { Kind, Role } from "../kinds.ts";
import { parseEmbedded } from "./parse-constraint.ts";
import { parseArrayOrInstance, parseQualified } from "./parse-name.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** What one entry between two commas is, before it is known whether the list has names. */
interface Entry {
  name: RawNode;
  type: RawNode;
}

/** The signature after `func`, or after a method's name. */
export function parseFunctionType(p: Parser, from: number): RawNode {
  const type = p.build.node(Kind.FuncType, from, 0);
  parseSignature(p, type);
  return type;
}

/** Adds parameters and results to a FuncType. */
export function parseSignature(p: Parser, type: RawNode): void {
  p.build.add(type, parseParameters(p), Role.Params);
  if (p.is(Token.LParen)) {
    p.build.add(type, parseParameters(p), Role.Results);
    return;
  }
  const result = p.grammar.optionalType(p);
  if (result === 0) return;
  const list = p.build.node(Kind.FieldList, p.build.from(result), 0);
  p.build.add(list, fieldOf(p, [], result), Role.Field);
  p.build.add(type, list, Role.Results);
}

export function parseParameters(p: Parser): RawNode {
  const list = p.build.node(Kind.FieldList, p.scan.from, 0);
  p.expect(Token.LParen);
  addEntries(p, list, parseEntries(p, Token.RParen, undefined));
  p.build.setTo(list, p.expect(Token.RParen));
  return list;
}

/** Type parameters after `[`, at offset `from`; `first` is what was parsed of the first one already. */
export function parseTypeParameters(p: Parser, from: number, first?: Entry): RawNode {
  const list = p.build.node(Kind.FieldList, from, 0);
  addEntries(p, list, parseEntries(p, Token.RBrack, first ?? { name: 0, type: 0 }));
  p.build.setTo(list, p.expect(Token.RBrack));
  return list;
}

/** With `first`, even an empty one, constraints are allowed. */
function parseEntries(p: Parser, closing: number, first: Entry | undefined): Entry[] {
  const entries: Entry[] = [];
  let begun = first;
  const allowsConstraint = first !== undefined;
  while (!p.is(closing) || (begun !== undefined && begun.name !== 0)) {
    entries.push(begun?.type ? begun : parseEntry(p, begun?.name ?? 0, allowsConstraint));
    begun = undefined;
    if (!p.accept(Token.Comma)) break;
  }
  return entries;
}

function parseEntry(p: Parser, name: RawNode, allowsConstraint: boolean): Entry {
  p.enter();
  const entry = entryByToken(p, name, allowsConstraint);
  if (allowsConstraint && p.is(Token.Or) && entry.type !== 0) entry.type = parseEmbedded(p, entry.type);
  p.leave();
  return entry;
}

function entryByToken(p: Parser, name: RawNode, allowsConstraint: boolean): Entry {
  if (name === 0 && allowsConstraint && p.is(Token.Tilde)) return { name: 0, type: parseEmbedded(p, 0) };
  if (name !== 0 || p.is(Token.Ident)) return entryWithName(p, name === 0 ? p.ident() : name, allowsConstraint);
  if (p.is(Token.Ellipsis)) return { name: 0, type: parseDots(p) };
  return { name: 0, type: p.grammar.type(p) };
}

function entryWithName(p: Parser, name: RawNode, allowsConstraint: boolean): Entry {
  switch (p.tok) {
    case Token.LBrack:
      return parseArrayOrInstance(p, name);
    case Token.Ellipsis:
      return { name, type: parseDots(p) };
    case Token.Period:
      return { name: 0, type: instanceOf(p, parseQualified(p, name)) };
    case Token.Tilde:
      return allowsConstraint ? { name, type: parseEmbedded(p, 0) } : p.fail();
    case Token.Or:
      return allowsConstraint ? { name: 0, type: parseEmbedded(p, name) } : p.fail();
    default: {
      const type = p.grammar.optionalType(p);
      return type === 0 ? { name: 0, type: name } : { name, type };
    }
  }
}

function instanceOf(p: Parser, name: RawNode): RawNode {
  return p.is(Token.LBrack) ? parseArrayOrInstance(p, name).type : name;
}

function parseDots(p: Parser): RawNode {
  const dots = p.build.node(Kind.Ellipsis, p.scan.from, p.scan.to);
  p.next();
  p.build.add(dots, p.grammar.type(p), Role.Elem);
  return dots;
}

/**
 * Fields of a list. If one entry has a name and a type, an entry alone is a name, of the type that follows it; otherwise all
 * are types.
 */
function addEntries(p: Parser, list: RawNode, entries: readonly Entry[]): void {
  const isNamed = entries.some((entry) => entry.name !== 0);
  let names: RawNode[] = [];
  for (const { name, type } of entries) {
    if (!isNamed) {
      p.build.add(list, fieldOf(p, [], type), Role.Field);
    } else if (name === 0) {
      if (p.build.kind(type) !== Kind.Ident) p.fail("a parameter without a name among others with one");
      names.push(type);
    } else {
      p.build.add(list, fieldOf(p, [...names, name], type), Role.Field);
      names = [];
    }
  }
  if (names.length > 0) p.fail("a parameter without a type");
}

function fieldOf(p: Parser, names: readonly RawNode[], type: RawNode): RawNode {
  const field = p.build.node(Kind.Field, p.build.from(names[0] ?? type), 0);
  for (const name of names) p.build.add(field, name, Role.Name);
  p.build.add(field, type, Role.Type);
  return field;
}
