import { expect, test } from "bun:test";
import { operators } from "../kinds.ts";
import { Scanner } from "./scanner.ts";
import { keywords, Token } from "./token.ts";

function tokens(source: string): string[] {
  const scanner = new Scanner(source);
  const found: string[] = [];
  for (scanner.next(); scanner.tok !== Token.End; scanner.next()) {
    found.push(scanner.isNewline ? "⏎" : scanner.text());
  }
  return found;
}

test("every operator has the number of its text in the tree's table", () => {
  for (const [number, text] of operators.entries()) {
    // Kinds of literals, and directions of channels, which are two tokens.
    if (/^(?:|INT|FLOAT|IMAG|CHAR|STRING|<-chan|chan<-)$/.test(text)) continue;
    const scanner = new Scanner(text);
    scanner.next();
    expect({ text, tok: scanner.tok, to: scanner.to }).toEqual({ text, tok: number, to: text.length });
  }
});

test("every keyword is one, alone and nowhere else", () => {
  for (const [word, tok] of keywords) {
    const scanner = new Scanner(`${word} ${word}x`);
    scanner.next();
    expect(scanner.tok).toBe(tok);
    scanner.next();
    expect(scanner.tok).toBe(Token.Ident);
  }
});

test("a newline ends a statement only where Go says", () => {
  expect(tokens("a\nb +\nc\n)\nreturn // x\n}\n")).toEqual([
    "a",
    "⏎",
    "b",
    "+",
    "c",
    "⏎",
    ")",
    "⏎",
    "return",
    "⏎",
    "}",
    "⏎",
  ]);
  expect(tokens("a /* x */ b /* x\ny */ c")).toEqual(["a", "b", "⏎", "c", "⏎"]);
});

test("numbers of all kinds", () => {
  const source = "0x1p-2 1_000 1e+9 .5 0b1 0o7 1i 0x_F x.y 1.";
  expect(tokens(source)).toEqual([...source.replace("x.y", "x . y").split(" "), "⏎"]);
});
