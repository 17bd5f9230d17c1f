/** A file of Go source as a tree. */

import { Kind, Role } from "../kinds.ts";
import { parseDeclarationGroup, parseFunctionDeclaration } from "./parse-declaration.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseBlock, parseStatements } from "./parse-statement.ts";
import { parseOptionalType, parseType } from "./parse-type.ts";
import { Parser, recover, SyntaxFault, type Grammar, type SyntaxProblem } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode, TreeBuilder } from "./tree-builder.ts";

const grammar: Grammar = {
  type: parseType,
  optionalType: parseOptionalType,
  expression: parseExpression,
  block: parseBlock,
  statements: parseStatements,
};

export interface ParsedFile {
  readonly root: RawNode;
  readonly problems: readonly SyntaxProblem[];
}

/**
 * Parses a file. It never throws: what cannot be parsed is a `Bad` node and a problem, and parsing goes on with the next
 * statement or declaration. `onlyImports` stops before the first other declaration.
 */
export function parseFile(source: string, build: TreeBuilder, onlyImports = false): ParsedFile {
  const p = new Parser(source, build, grammar);
  const root = build.node(Kind.File, 0, source.length);
  try {
    parseHeader(p, root);
    parseDeclarations(p, root, onlyImports);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    p.problems.push({ offset: error.offset, reason: error.message });
    build.add(root, build.node(Kind.Bad, error.offset, source.length), Role.Decl);
  }
  return { root, problems: p.problems };
}

function parseHeader(p: Parser, root: RawNode): void {
  p.expect(Token.Package);
  p.build.add(root, p.ident(), Role.Name);
  p.endStatement();
}

function parseDeclarations(p: Parser, root: RawNode, onlyImports: boolean): void {
  while (!p.is(Token.End)) {
    if (onlyImports && !p.is(Token.Import)) return;
    const { from } = p.scan;
    const bad = recover(p, () => {
      const declaration = parseDeclaration(p);
      if (!p.is(Token.End)) p.expect(Token.Semicolon);
      p.build.add(root, declaration, Role.Decl);
    });
    if (!bad) continue;
    // From its beginning: the next declaration may have been swallowed by an open bracket of this one.
    p.skipDeclaration(from);
    p.build.add(root, p.build.node(Kind.Bad, from, p.scan.from), Role.Decl);
  }
}

function parseDeclaration(p: Parser): RawNode {
  switch (p.tok) {
    case Token.Import:
    case Token.Const:
    case Token.Type:
    case Token.Var:
      return parseDeclarationGroup(p);
    case Token.Func:
      return parseFunctionDeclaration(p);
    default:
      return p.fail();
  }
}
