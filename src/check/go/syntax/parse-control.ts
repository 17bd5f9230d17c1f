/** `if`, `for`, `switch` and `select`. */

import { Kind, Role } from "../kinds.ts";
import { parseExpression, parseExpressionList } from "./parse-expression.ts";
import { parseForHeader, parseSimpleStatement } from "./parse-simple-statement.ts";
import type { Parser } from "./parser.ts";
import { Token } from "./token.ts";
import type { RawNode } from "./tree-builder.ts";

/** Parses a header, in which `{` begins the body. */
function inHeader<T>(p: Parser, parse: () => T): T {
  const outer = p.expressionLevel;
  p.expressionLevel = -1;
  const parsed = parse();
  p.expressionLevel = outer;
  return parsed;
}

function expressionOf(p: Parser, statement: RawNode): RawNode {
  if (p.build.kind(statement) !== Kind.ExprStmt) p.fail("expected an expression");
  return p.build.first(statement);
}

export function parseIf(p: Parser): RawNode {
  const statement = p.build.node(Kind.IfStmt, p.scan.from, 0);
  p.next();
  inHeader(p, () => {
    let header = p.is(Token.Semicolon) ? 0 : parseSimpleStatement(p);
    if (p.accept(Token.Semicolon)) {
      p.build.add(statement, header, Role.Init);
      header = parseSimpleStatement(p);
    }
    p.build.add(statement, expressionOf(p, header), Role.Cond);
  });
  p.build.add(statement, p.grammar.block(p), Role.Body);
  if (p.accept(Token.Else)) p.build.add(statement, elseBranch(p), Role.Else);
  return statement;
}

function elseBranch(p: Parser): RawNode {
  if (p.is(Token.LBrace)) return p.grammar.block(p);
  if (!p.is(Token.If)) p.fail();
  p.enter();
  const branch = parseIf(p);
  p.leave();
  return branch;
}

interface Header {
  init: RawNode;
  last: RawNode;
}

export function parseSwitch(p: Parser): RawNode {
  const { from } = p.scan;
  p.next();
  const header = inHeader(p, () => switchHeader(p));
  const isTypeSwitch = isTypeGuard(p, header.last);
  const statement = p.build.node(isTypeSwitch ? Kind.TypeSwitchStmt : Kind.SwitchStmt, from, 0);
  p.build.add(statement, header.init, Role.Init);
  if (isTypeSwitch) p.build.add(statement, header.last, Role.Assign);
  else if (header.last !== 0) p.build.add(statement, expressionOf(p, header.last), Role.Tag);
  p.build.add(statement, clauses(p, caseClause), Role.Body);
  return statement;
}

function switchHeader(p: Parser): Header {
  if (p.is(Token.LBrace)) return { init: 0, last: 0 };
  const first = p.is(Token.Semicolon) ? 0 : parseSimpleStatement(p);
  if (!p.accept(Token.Semicolon)) return { init: 0, last: first };
  return { init: first, last: p.is(Token.LBrace) ? 0 : parseSimpleStatement(p) };
}

function isTypeGuard(p: Parser, statement: RawNode): boolean {
  if (statement === 0) return false;
  const first = p.build.first(statement);
  const kind = p.build.kind(statement);
  if (kind === Kind.ExprStmt) return isGuard(p, first);
  return kind === Kind.AssignStmt && p.build.op(statement) === Token.Define && isGuard(p, p.build.next(first));
}

function isGuard(p: Parser, x: RawNode): boolean {
  return p.build.kind(x) === Kind.TypeAssertExpr && p.build.next(p.build.first(x)) === 0;
}

function clauses(p: Parser, parseClause: (p: Parser) => RawNode): RawNode {
  const block = p.build.node(Kind.BlockStmt, p.scan.from, 0);
  p.expect(Token.LBrace);
  while (p.is(Token.Case) || p.is(Token.Default)) p.build.add(block, parseClause(p), Role.Stmt);
  p.build.setTo(block, p.expect(Token.RBrace));
  return block;
}

function caseClause(p: Parser): RawNode {
  const clause = p.build.node(Kind.CaseClause, p.scan.from, 0, p.tok);
  const isCase = p.is(Token.Case);
  p.next();
  if (isCase) for (const x of parseExpressionList(p)) p.build.add(clause, x, Role.Expr);
  p.build.setTo(clause, p.expect(Token.Colon));
  p.grammar.statements(p, clause);
  return clause;
}

export function parseSelect(p: Parser): RawNode {
  const statement = p.build.node(Kind.SelectStmt, p.scan.from, 0);
  p.next();
  p.build.add(statement, clauses(p, commClause), Role.Body);
  return statement;
}

function commClause(p: Parser): RawNode {
  const clause = p.build.node(Kind.CommClause, p.scan.from, 0, p.tok);
  const isCase = p.is(Token.Case);
  p.next();
  if (isCase) p.build.add(clause, parseSimpleStatement(p), Role.Comm);
  p.build.setTo(clause, p.expect(Token.Colon));
  p.grammar.statements(p, clause);
  return clause;
}

export function parseFor(p: Parser): RawNode {
  const { from } = p.scan;
  p.next();
  const statement = inHeader(p, () => forHeader(p, from));
  p.build.add(statement, p.grammar.block(p), Role.Body);
  return statement;
}

function forHeader(p: Parser, from: number): RawNode {
  if (p.is(Token.Range)) {
    p.next();
    const range = p.build.node(Kind.RangeStmt, from, 0);
    p.build.add(range, parseExpression(p), Role.X);
    return range;
  }
  const loop = p.build.node(Kind.ForStmt, from, 0);
  if (p.is(Token.LBrace)) return loop;
  const first = p.is(Token.Semicolon) ? 0 : parseForHeader(p);
  if (p.build.kind(first) === Kind.RangeStmt && first !== 0) {
    p.build.setFrom(first, from);
    return first;
  }
  if (!p.accept(Token.Semicolon)) {
    p.build.add(loop, expressionOf(p, first), Role.Cond);
    return loop;
  }
  p.build.add(loop, first, Role.Init);
  addConditionAndPost(p, loop);
  return loop;
}

function addConditionAndPost(p: Parser, loop: RawNode): void {
  if (!p.is(Token.Semicolon)) {
    if (p.is(Token.LBrace)) p.fail("expected the condition of the loop");
    p.build.add(loop, expressionOf(p, parseSimpleStatement(p)), Role.Cond);
  }
  p.expect(Token.Semicolon);
  if (!p.is(Token.LBrace)) p.build.add(loop, parseSimpleStatement(p), Role.Post);
}
