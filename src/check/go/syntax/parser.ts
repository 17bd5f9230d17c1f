/**
 * What the parser's parts share: the scanner, the builder, the level of expressions and the depth of nesting. The parts
 * (types, expressions, statements, declarations) follow Go's specification and give the trees of go/parser; they call each
 * other through `Grammar`, because Go's grammar is one knot and modules may not be.
 */

import { Kind } from "../kinds.ts";
import { Scanner } from "./scanner.ts";
import { Token } from "./token.ts";
import type { RawNode, TreeBuilder } from "./tree-builder.ts";

/** A place that could not be parsed. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly reason: string;
}

/** Thrown inside the parser only, and caught where it can go on. */
export class SyntaxFault extends Error {
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** The parts of the grammar that others need. */
export interface Grammar {
  /** A type; a `Bad` never comes back, a fault is thrown. */
  type(p: Parser): RawNode;
  /** A type if one begins here, else 0. */
  optionalType(p: Parser): RawNode;
  /** An expression or, where Go's grammar cannot tell, a type. */
  expression(p: Parser): RawNode;
  /** `{ … }` */
  block(p: Parser): RawNode;
  /** Statements up to a closing brace or the next clause, added to `parent`. */
  statements(p: Parser, parent: RawNode): void;
}

/** How deeply a source may nest before the rest of it is left out. Go's own limit is 100,000. */
const depthMax = 1000;

export class Parser {
  readonly scan: Scanner;
  readonly build: TreeBuilder;
  readonly grammar: Grammar;
  readonly problems: SyntaxProblem[] = [];
  /** Below 0 in the header of a statement, where `{` begins its body; above in brackets. */
  expressionLevel = 0;
  #depth = 0;

  constructor(source: string, build: TreeBuilder, grammar: Grammar) {
    this.scan = new Scanner(source);
    this.build = build;
    this.grammar = grammar;
    this.scan.next();
  }

  get tok(): number {
    return this.scan.tok;
  }

  is(tok: number): boolean {
    return this.scan.tok === tok;
  }

  next(): void {
    this.scan.next();
  }

  /** Takes the token if it is that one. */
  accept(tok: number): boolean {
    if (this.scan.tok !== tok) return false;
    this.scan.next();
    return true;
  }

  /** Takes that token and returns the offset after it. */
  expect(tok: number): number {
    if (this.scan.tok !== tok) this.fail();
    const end = this.scan.to;
    this.scan.next();
    return end;
  }

  /** A semicolon, or what may stand in its place before a closing bracket. */
  endStatement(): void {
    if (this.scan.tok === Token.RParen || this.scan.tok === Token.RBrace) return;
    this.expect(Token.Semicolon);
  }

  fail(reason?: string): never {
    const { scan } = this;
    if (scan.error !== undefined) throw new SyntaxFault(scan.error.offset, scan.error.reason);
    throw new SyntaxFault(scan.from, reason ?? `unexpected ${this.#tokenText()}`);
  }

  #tokenText(): string {
    const { scan } = this;
    if (scan.tok === Token.End) return "end of the file";
    if (scan.tok === Token.Semicolon && scan.isNewline) return "end of the line";
    return JSON.stringify(scan.text().slice(0, 20));
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new SyntaxFault(this.scan.from, `nested deeper than ${depthMax} levels`);
  }

  leave(): void {
    this.#depth -= 1;
  }

  get depth(): number {
    return this.#depth;
  }

  /** After a fault, as it was where the parser goes on. */
  restoreDepth(depth: number): void {
    this.#depth = depth;
  }

  ident(): RawNode {
    const { scan } = this;
    if (scan.tok !== Token.Ident) this.fail();
    const node = this.build.node(Kind.Ident, scan.from, scan.to, 0, this.build.names.number(scan.text()));
    scan.next();
    return node;
  }

  literal(): RawNode {
    const { scan } = this;
    const node = this.build.node(Kind.BasicLit, scan.from, scan.to, scan.tok, this.build.literal(scan.text()));
    if (scan.error !== undefined) this.fail();
    scan.next();
    return node;
  }

  /** After a fault in a statement: goes to the token after its end, or to the brace that closes the block around it. */
  skipStatement(): void {
    const { scan } = this;
    let open = 0;
    for (; scan.tok !== Token.End; scan.next()) {
      if (scan.tok === Token.LBrace) open += 1;
      else if (scan.tok === Token.RBrace) {
        if (open === 0) return;
        open -= 1;
      } else if (scan.tok === Token.Semicolon && open === 0) {
        scan.next();
        return;
      }
    }
  }

  /** After a fault outside of functions: goes to the next keyword at the beginning of a line that begins a declaration. */
  skipDeclaration(from: number): void {
    const { scan } = this;
    scan.restart(from);
    for (scan.next(); scan.tok !== Token.End; scan.next()) {
      const isStart = scan.tok >= Token.Import && scan.tok <= Token.Var;
      if ((isStart || scan.tok === Token.Func) && this.#isAtLineStart()) return;
    }
  }

  #isAtLineStart(): boolean {
    return this.scan.from === 0 || this.scan.source.charCodeAt(this.scan.from - 1) === 10;
  }
}

/** Runs a part of the parser; true, with the problem noted, if it met a fault. */
export function recover(p: Parser, parse: () => void): boolean {
  const { depth, expressionLevel } = p;
  try {
    parse();
    return false;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    if (p.problems.length >= problemsMax) throw error;
    p.problems.push({ offset: error.offset, reason: error.message });
    p.restoreDepth(depth);
    p.expressionLevel = expressionLevel;
    p.scan.error = undefined;
    return true;
  }
}

/** After so many problems the rest of a file is left out as one. */
const problemsMax = 10;
