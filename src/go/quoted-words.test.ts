import { expect, test } from "bun:test";

import { splitQuotedWords } from "./quoted-words.ts";

test.each<[string, string[] | undefined]>([
  ["", []],
  ["  \t\n", []],
  ["ballast cacheprog", ["ballast", "cacheprog"]],
  ['"/a b/ballast" cacheprog', ["/a b/ballast", "cacheprog"]],
  ["'/a b/\"x' --server  http://c:1 ", ['/a b/"x', "--server", "http://c:1"]],
  ["''", [""]],
  // As in Go: a quote inside a word is a character, and words may touch.
  ['-ldflags=-X="a b"', ['-ldflags=-X="a', 'b"']],
  ["'a''b'c", ["a", "b", "c"]],
  ['"a', undefined],
  ["a 'b", undefined],
])("splits %j", (text, words) => {
  expect(splitQuotedWords(text)).toEqual(words);
});
