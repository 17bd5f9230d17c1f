/** Go's lexical grammar over a string: one token at a time, with the semicolons that newlines stand for. */

import { endsStatement, keywords, Token } from "./token.ts";

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const apostrophe = 39;
const star = 42;
const dot = 46;
const slash = 47;
const backslash = 92;
const underscore = 95;
const backquote = 96;

/** What the scanner could not read; the parser reports it. */
export interface ScanError {
  readonly offset: number;
  readonly reason: string;
}

/** The current token is `tok`, at `from` up to `to`. An automatic semicolon has `isNewline`. */
export class Scanner {
  readonly source: string;
  tok: number = Token.None;
  from = 0;
  to = 0;
  isNewline = false;
  error: ScanError | undefined;
  readonly #onComment: ((from: number, to: number) => void) | undefined;

  constructor(source: string, onComment?: (from: number, to: number) => void) {
    this.source = source;
    this.#onComment = onComment;
    // A byte order mark is allowed at the very beginning.
    this.to = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** Reads the next token. At the end it stays `Token.End`. */
  next(): void {
    const needsSemicolon = endsStatement(this.tok);
    const { source } = this;
    let at = this.to;
    for (;;) {
      const char = source.charCodeAt(at);
      if (char === space || char === tab || char === carriageReturn) {
        at += 1;
      } else if (char === newline) {
        if (needsSemicolon) return this.#semicolon(at, at + 1);
        at += 1;
      } else if (char === slash && (source.charCodeAt(at + 1) === slash || source.charCodeAt(at + 1) === star)) {
        const end = this.#commentEnd(at);
        this.#onComment?.(at, end);
        // A comment that holds or ends with a newline counts as that newline.
        if (needsSemicolon && this.#countsAsNewline(at, end)) return this.#semicolon(at, end);
        at = end;
      } else {
        break;
      }
    }
    this.isNewline = false;
    this.from = at;
    if (at >= source.length) {
      if (needsSemicolon) return this.#semicolon(at, at);
      this.tok = Token.End;
      this.to = at;
      return undefined;
    }
    this.#token(at, source.charCodeAt(at));
    return undefined;
  }

  /** The token that begins at this offset becomes the current one. */
  restart(offset: number): void {
    this.tok = Token.None;
    this.to = offset;
    this.error = undefined;
    this.next();
  }

  text(): string {
    return this.source.slice(this.from, this.to);
  }

  #semicolon(from: number, to: number): void {
    this.tok = Token.Semicolon;
    this.from = from;
    this.to = to;
    this.isNewline = true;
  }

  #commentEnd(at: number): number {
    if (this.source.charCodeAt(at + 1) === slash) {
      const end = this.source.indexOf("\n", at);
      return end < 0 ? this.source.length : end;
    }
    const end = this.source.indexOf("*/", at + 2);
    if (end >= 0) return end + 2;
    this.error ??= { offset: at, reason: "a comment is not closed" };
    return this.source.length;
  }

  #countsAsNewline(from: number, to: number): boolean {
    if (this.source.charCodeAt(from + 1) === slash) return true;
    const line = this.source.indexOf("\n", from);
    if (line >= 0 && line < to) return true;
    // `/* … */` with nothing but white space and comments up to the line's end.
    let at = to;
    for (;;) {
      const char = this.source.charCodeAt(at);
      if (Number.isNaN(char) || char === newline) return true;
      if (char === space || char === tab || char === carriageReturn) at += 1;
      else if (char !== slash) return false;
      else if (this.source.charCodeAt(at + 1) === slash) return true;
      else if (this.source.charCodeAt(at + 1) === star) {
        const end = this.#commentEnd(at);
        if (this.source.slice(at, end).includes("\n")) return true;
        at = end;
      } else return false;
    }
  }

  #token(at: number, char: number): void {
    if (isLetter(char) || char >= 128) return this.#identifier(at);
    if (isDigit(char) || (char === dot && isDigit(this.source.charCodeAt(at + 1)))) return this.#number(at);
    if (char === quote) return this.#quoted(at, quote, Token.String);
    if (char === apostrophe) return this.#quoted(at, apostrophe, Token.Char);
    if (char === backquote) return this.#raw(at);
    return this.#operator(at, char);
  }

  #set(tok: number, to: number): void {
    this.tok = tok;
    this.to = to;
  }

  #identifier(at: number): void {
    const { source } = this;
    let end = at;
    for (;;) {
      const char = source.charCodeAt(end);
      if (isLetter(char) || isDigit(char)) end += 1;
      else if (char >= 128 && isWideLetter(source, end, end > at)) end += char >= 0xd800 && char < 0xdc00 ? 2 : 1;
      else break;
    }
    if (end === at) {
      this.error ??= { offset: at, reason: "a character that Go does not allow" };
      return this.#set(Token.Illegal, at + 1);
    }
    const length = end - at;
    const first = source.charCodeAt(at);
    const mayBeKeyword = length > 1 && length < 12 && first > underscore && first < 119;
    return this.#set(mayBeKeyword ? (keywords.get(source.slice(at, end)) ?? Token.Ident) : Token.Ident, end);
  }

  #number(at: number): void {
    const { source } = this;
    const isHex = source.charCodeAt(at) === 48 && (source.charCodeAt(at + 1) | 32) === 120;
    let tok: number = Token.Int;
    let end = isHex ? at + 2 : at;
    for (;;) {
      const char = source.charCodeAt(end);
      const lower = char | 32;
      if (char === dot) tok = Token.Float;
      else if (lower === (isHex ? 112 : 101)) {
        tok = Token.Float;
        const sign = source.charCodeAt(end + 1);
        if (sign === 43 || sign === 45) end += 1;
      } else if (!isDigit(char) && !isLetter(char)) break;
      else if (lower === 105) {
        return this.#set(Token.Imag, end + 1);
      } else if (!isDigit(char) && char !== underscore && !isNumberLetter(lower, isHex)) break;
      end += 1;
    }
    return this.#set(tok, end);
  }

  #quoted(at: number, mark: number, tok: number): void {
    const { source } = this;
    for (let end = at + 1; ; end++) {
      const char = source.charCodeAt(end);
      if (char === mark) return this.#set(tok, end + 1);
      if (char === backslash) end += 1;
      else if (char === newline || Number.isNaN(char)) {
        this.error ??= { offset: at, reason: "a literal is not closed" };
        return this.#set(tok, end);
      }
    }
  }

  #raw(at: number): void {
    const end = this.source.indexOf("`", at + 1);
    if (end >= 0) return this.#set(Token.String, end + 1);
    this.error ??= { offset: at, reason: "a literal is not closed" };
    return this.#set(Token.String, this.source.length);
  }

  #operator(at: number, char: number): void {
    const next = this.source.charCodeAt(at + 1);
    switch (char) {
      case 40:
        return this.#set(Token.LParen, at + 1);
      case 41:
        return this.#set(Token.RParen, at + 1);
      case 44:
        return this.#set(Token.Comma, at + 1);
      case 59:
        return this.#set(Token.Semicolon, at + 1);
      case 91:
        return this.#set(Token.LBrack, at + 1);
      case 93:
        return this.#set(Token.RBrack, at + 1);
      case 123:
        return this.#set(Token.LBrace, at + 1);
      case 125:
        return this.#set(Token.RBrace, at + 1);
      case 126:
        return this.#set(Token.Tilde, at + 1);
      case dot:
        if (next === dot && this.source.charCodeAt(at + 2) === dot) return this.#set(Token.Ellipsis, at + 3);
        return this.#set(Token.Period, at + 1);
      case 58:
        return next === 61 ? this.#set(Token.Define, at + 2) : this.#set(Token.Colon, at + 1);
      case 61:
        return next === 61 ? this.#set(28, at + 2) : this.#set(Token.Assign, at + 1);
      case 33:
        return next === 61 ? this.#set(34, at + 2) : this.#set(Token.Not, at + 1);
      default:
        return this.#arithmetic(at, char, next);
    }
  }

  #arithmetic(at: number, char: number, next: number): void {
    const third = this.source.charCodeAt(at + 2);
    switch (char) {
      case 43:
        return this.#plain(at, next, 1, next === 43 ? Token.Inc : 0);
      case 45:
        return this.#plain(at, next, 2, next === 45 ? Token.Dec : 0);
      case 42:
        return this.#plain(at, next, 3, 0);
      case 47:
        return this.#plain(at, next, 4, 0);
      case 37:
        return this.#plain(at, next, 5, 0);
      case 38:
        if (next === 94) return third === 61 ? this.#set(22, at + 3) : this.#set(11, at + 2);
        return this.#plain(at, next, 6, next === 38 ? 23 : 0);
      case 124:
        return this.#plain(at, next, 7, next === 124 ? 24 : 0);
      case 94:
        return this.#plain(at, next, 8, 0);
      case 60:
        if (next === 60) return third === 61 ? this.#set(20, at + 3) : this.#set(9, at + 2);
        if (next === 45) return this.#set(Token.Arrow, at + 2);
        return next === 61 ? this.#set(35, at + 2) : this.#set(29, at + 1);
      case 62:
        if (next === 62) return third === 61 ? this.#set(21, at + 3) : this.#set(10, at + 2);
        return next === 61 ? this.#set(36, at + 2) : this.#set(30, at + 1);
      default:
        this.error ??= { offset: at, reason: "a character that Go does not allow" };
        return this.#set(Token.Illegal, at + 1);
    }
  }

  /** An operator that may be doubled, or followed by `=`. */
  #plain(at: number, next: number, tok: number, doubled: number): void {
    if (doubled !== 0) return this.#set(doubled, at + 2);
    return next === 61 ? this.#set(tok + 11, at + 2) : this.#set(tok, at + 1);
  }
}

function isLetter(char: number): boolean {
  return (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || char === underscore;
}

function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}

function isNumberLetter(lower: number, isHex: boolean): boolean {
  return isHex ? lower >= 97 && lower <= 102 : lower === 98 || lower === 111;
}

function isWideLetter(source: string, at: number, mayBeDigit: boolean): boolean {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return mayBeDigit ? /[\p{L}\p{Nd}]/u.test(char) : /\p{L}/u.test(char);
}
