/** Statements. */

import { Kind, Role } from "../kinds.ts";
import { parseDeclarationGroup } from "./parse-declaration.ts";
import { parseExpression, parseExpressionList } from "./parse-expression.ts";
import { parseFor, parseIf, parseSelect, parseSwitch } from "./parse-control.ts";
import { parseSimpleStatement } from "./parse-simple-statement.ts";
import { recover, type Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

export function parseBlock(p: Parser): RawNode {
  const block = p.build.node(Kind.BlockStmt, p.scan.from, 0);
  p.expect(Token.LBrace);
  parseStatements(p, block);
  p.build.setTo(block, p.expect(Token.RBrace));
  return block;
}

/** Statements up to a closing brace or the next clause, added to `parent`. */
export function parseStatements(p: Parser, parent: RawNode): void {
  while (!p.is(Token.RBrace) && !p.is(Token.End) && !p.is(Token.Case) && !p.is(Token.Default)) {
    const { from } = p.scan;
    const bad = recover(p, () => {
      const statement = parseStatement(p);
      if (!p.is(Token.RBrace) && !p.is(Token.Case) && !p.is(Token.Default)) p.endStatement();
      p.build.add(parent, statement, Role.Stmt);
    });
    if (!bad) continue;
    p.skipStatement();
    p.build.add(parent, p.build.node(Kind.Bad, from, p.scan.from), Role.Stmt);
  }
}

function parseStatement(p: Parser): RawNode {
  p.enter();
  const statement = statementByToken(p);
  p.leave();
  return statement;
}

function statementByToken(p: Parser): RawNode {
  switch (p.tok) {
    case Token.Const:
    case Token.Type:
    case Token.Var:
      return declarationStatement(p);
    case Token.Go:
      return callStatement(p, Kind.GoStmt);
    case Token.Defer:
      return callStatement(p, Kind.DeferStmt);
    case Token.Return:
      return returnStatement(p);
    case Token.Break:
    case Token.Continue:
    case Token.Goto:
    case Token.Fallthrough:
      return branchStatement(p);
    case Token.LBrace:
      return p.grammar.block(p);
    case Token.If:
      return parseIf(p);
    case Token.Switch:
      return parseSwitch(p);
    case Token.Select:
      return parseSelect(p);
    case Token.For:
      return parseFor(p);
    case Token.Semicolon:
    case Token.RBrace:
      return emptyStatement(p);
    default:
      return labeledOrSimple(p);
  }
}

function declarationStatement(p: Parser): RawNode {
  const statement = p.build.node(Kind.DeclStmt, p.scan.from, 0);
  p.build.add(statement, parseDeclarationGroup(p), Role.Decl);
  return statement;
}

function callStatement(p: Parser, kind: Kind): RawNode {
  const statement = p.build.node(kind, p.scan.from, 0);
  p.next();
  p.build.add(statement, parseExpression(p), Role.Call);
  return statement;
}

function returnStatement(p: Parser): RawNode {
  const statement = p.build.node(Kind.ReturnStmt, p.scan.from, p.scan.to);
  p.next();
  if (p.is(Token.Semicolon) || p.is(Token.RBrace)) return statement;
  for (const result of parseExpressionList(p)) p.build.add(statement, result, Role.Result);
  return statement;
}

function branchStatement(p: Parser): RawNode {
  const statement = p.build.node(Kind.BranchStmt, p.scan.from, p.scan.to, p.tok);
  const mayHaveLabel = !p.is(Token.Fallthrough);
  p.next();
  if (mayHaveLabel && p.is(Token.Ident)) p.build.add(statement, p.ident(), Role.Label);
  return statement;
}

/** A semicolon is left where it is: it ends this statement like any other. */
function emptyStatement(p: Parser): RawNode {
  const isWritten = p.is(Token.Semicolon) && !p.scan.isNewline;
  return p.build.node(Kind.EmptyStmt, p.scan.from, isWritten ? p.scan.to : p.scan.from);
}

function labeledOrSimple(p: Parser): RawNode {
  const statement = parseSimpleStatement(p);
  const label = p.build.first(statement);
  const isLabel = p.is(Token.Colon) && p.build.kind(statement) === Kind.ExprStmt && p.build.kind(label) === Kind.Ident;
  if (!isLabel) return statement;
  p.next();
  const labeled = p.build.node(Kind.LabeledStmt, p.build.from(label), 0);
  p.build.add(labeled, label, Role.Label);
  p.build.add(labeled, parseStatement(p), Role.Stmt);
  return labeled;
}
