import { expect, test } from "bun:test";
import fc from "fast-check";
import { matchesPackage } from "./package-pattern.ts";

test("patterns are those of go help packages", () => {
  const cases: [pattern: string, path: string, matches: boolean][] = [
    ["net/http", "net/http", true],
    ["net/http", "net/http/httptest", false],
    ["net/...", "net", true],
    ["net/...", "net/http", true],
    ["net/...", "netx", false],
    ["net...", "netx", true],
    [".../http", "net/http", true],
    ["example.org/a", "exampleXorg/a", false],
    ["net/http", "net/http_test", true],
    ["net/http_test", "net/http", false],
    ["...", "anything/at/all", true],
    ["/src/m/...", "/src/m/cmd/x", true],
  ];
  for (const [pattern, path, matches] of cases) {
    expect([pattern, path, matchesPackage(pattern, path)]).toEqual([pattern, path, matches]);
  }
});

test("a path without dots matches itself only, whatever it holds", () => {
  const path = fc.string({ minLength: 1 }).filter((text) => !text.includes("..."));
  fc.assert(fc.property(path, (text) => matchesPackage(text, text) && !matchesPackage(text, `${text}x`)));
});
