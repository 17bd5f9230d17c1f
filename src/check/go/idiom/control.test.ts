import { describe, expect, test } from "bun:test";

import { Kind } from "../kinds.ts";
import { packageFromSource } from "../syntax/package-from-source.ts";
import { isEndless, leaves, loopAround, within } from "./control.ts";

/** What is said of the first loop of a function with this body. */
function firstLoop(body: string): { endless: boolean; left: boolean } {
  const pkg = packageFromSource(
    `package p\n\nimport ("log"; "os")\n\nvar _ = log.Print\nvar _ = os.Exit\n\nfunc f(c chan int, n int) int {\n${body}\nreturn 0 }\n`,
  );
  const loop = [...pkg.tree.all(Kind.ForStmt), ...pkg.tree.all(Kind.RangeStmt)].toSorted((a, b) => a - b)[0] ?? 0;
  return { endless: isEndless(pkg, loop), left: leaves(pkg, loop, loop) };
}

describe("a loop", () => {
  test.each([
    ["for { }", true],
    ["for true { }", true],
    ["for i := 0; ; i++ { }", true],
    ["for n > 0 { }", false],
    ["for range c { }", false],
  ])("%s is endless: %p", (body, expected) => {
    expect(firstLoop(body).endless).toBe(expected);
  });

  test.each([
    ["for { return 1 }", true],
    ["for { if n > 0 { break } }", true],
    ["for { switch n { case 1: break } }", false],
    ["for { select { case <-c: break } }", false],
    ["for { for { break } }", false],
    ["outer: for { for { break outer } }", true],
    ["outer: for { for { continue outer } }", false],
    ["outer: for n > 0 { for { continue outer } }", false],
    ["for { goto end }\nend:", true],
    ["for { continue }", false],
    ["for { panic(n) }", true],
    ['for { log.Fatalf("%d", n) }', true],
    ["for { os.Exit(1) }", true],
    ["for { func() { return }() }", false],
    ["for { go func() { panic(1) }() }", false],
  ])("%s can be left: %p", (body, expected) => {
    expect(firstLoop(body).left).toBe(expected);
  });
});

test("what runs within a statement leaves out function literals", () => {
  const pkg = packageFromSource("package p\n\nfunc f() { a := 1; go func() { b := 2; _ = b }(); _ = a }\n");
  const [declaration = 0] = pkg.tree.all(Kind.FuncDecl);
  const names = within(pkg.tree, declaration).filter((node) => pkg.tree.kind(node) === Kind.Ident);
  expect(names.map((node) => pkg.tree.name(node))).not.toContain("b");
});

test("the loop around a node is one of its own function", () => {
  const pkg = packageFromSource("package p\n\nfunc f() { for { go func() { g() }(); g() } }\nfunc g() {}\n");
  const calls = pkg.tree.all(Kind.CallExpr).filter((call) => pkg.text(call) === "g()");
  expect(calls.map((call) => loopAround(pkg.tree, call) !== undefined)).toEqual([false, true]);
});
