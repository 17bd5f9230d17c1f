/** Whatever the text is: no throw, bounded time, and what was not read is said. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { packageFromSource } from "./package-from-source.ts";

/** Asks everything of every node. */
function askAll(pkg: GoPackage): number {
  let known = 0;
  for (let node = 0; node < pkg.tree.size; node++) {
    const answers = [pkg.symbol(node), pkg.typeOf(node), pkg.constant(node), pkg.selection(node), pkg.callOf(node)];
    known += answers.filter((answer) => answer !== undefined).length;
  }
  return known;
}

function read(source: string): GoPackage {
  const pkg = packageFromSource(source);
  askAll(pkg);
  return pkg;
}

const limitMs = 5000;

describe("hostile sources", () => {
  test.each([
    ["parentheses", `package p\nvar x = ${"(".repeat(100_000)}1${")".repeat(100_000)}\n`],
    ["open parentheses", `package p\nvar x = ${"(".repeat(100_000)}`],
    ["blocks", `package p\nfunc f() ${"{".repeat(100_000)}${"}".repeat(100_000)}\n`],
    ["a long sum", `package p\nvar x = 1${" + 1".repeat(100_000)}\n`],
    ["a long chain of calls", `package p\nvar x = f${"().g".repeat(100_000)}\n`],
    ["unary operators", `package p\nvar x = ${"!".repeat(100_000)}y\n`],
    ["types", `package p\ntype T ${"[]".repeat(100_000)}int\n`],
    ["literals", `package p\nvar x = T${"{".repeat(100_000)}${"}".repeat(100_000)}\n`],
    ["functions", `package p\nfunc f() { ${"func() { ".repeat(20_000)}${"}".repeat(20_000)} }\n`],
    ["else if", `package p\nfunc f() { ${"if x {} else ".repeat(20_000)}{} }\n`],
  ])("%s nested beyond reason", (_, source) => {
    const startedMs = performance.now();
    const pkg = read(source);
    expect(performance.now() - startedMs).toBeLessThan(limitMs);
    expect(pkg.partial.map(({ reason }) => reason).join("\n")).toContain("nested");
  });

  test("types and values that depend on themselves", () => {
    const pkg = read(`package p
type A B
type B A
type C struct { C }
type D interface { D }
type E[T any] struct { e *E[E[T]] }
type F [len(x)]F
var x = y
var y = x
const c = d
const d = c
func f(v C) { v.name(); var e E[int]; e.e.e.e.e = nil; _ = x.y.z }
`);
    expect(pkg.declared.size).toBe(11);
  });

  test("CRLF, a byte order mark, and characters that are no UTF-8 in comments and strings", () => {
    const bytes = Buffer.concat([
      Buffer.from("\ufeffpackage p\r\n\r\n// "),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\r\nvar s = "'),
      Buffer.from([0xc3]),
      Buffer.from('"\r\nfunc f() { g() }\r\n'),
    ]);
    const pkg = read(bytes.toString("utf8"));
    expect(pkg.partial).toEqual([]);
    expect(pkg.tree.all(Kind.CallExpr).map((call) => pkg.place(call).line)).toEqual([5]);
  });

  test("a file that is cut off anywhere is read up to there", () => {
    const source =
      'package p\n\nimport "fmt"\n\ntype T struct{ a, b int }\n\nfunc (t *T) F(x []int) (n int) {\n\tfor i, v := range x {\n\t\tif v > 1 {\n\t\t\tfmt.Println(`a`, i, func() { n++ })\n\t\t}\n\t}\n\treturn\n}\n';
    for (let end = 0; end <= source.length; end++) read(source.slice(0, end));
    expect(read(source).partial).toEqual([]);
  });

  test("any text", () => {
    const token = fc.constantFrom(
      ..."package p func type struct interface map chan go defer select case default switch for range if else return ( ) { } [ ] , ; : := = <- . ... * & ~ | x y T 1 \"s\" `r` 'c' // /* */ \n".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), (tokens) => {
        const pkg = read(`package p\n${tokens.join(" ")}`);
        for (let node = 1; node < pkg.tree.size; node++) {
          const parent = pkg.tree.parent(node) ?? 0;
          if (!pkg.tree.contains(parent, node) || pkg.tree.end(node) > pkg.tree.end(parent)) return false;
        }
        return true;
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => read(text).tree.size > 0),
      { numRuns: 500 },
    );
  });

  test("5 MB of one line", () => {
    const startedMs = performance.now();
    const pkg = read(`package p\nvar x = []int{${"1, ".repeat(1_700_000)}}\n`);
    expect(performance.now() - startedMs).toBeLessThan(4 * limitMs);
    expect(pkg.partial).toEqual([]);
  }, 30_000);
});
