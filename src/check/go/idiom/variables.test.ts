import { describe, expect, test } from "bun:test";

import { Kind, Role } from "../kinds.ts";
import { packageFromSource } from "../syntax/package-from-source.ts";
import { knownNotNil, rootOf, takers, useOf } from "./variables.ts";

describe("takers of a call's results", () => {
  const names = (statement: string): string[] => {
    const pkg = packageFromSource(
      `package p\n\nfunc g() (int, error) { return 0, nil }\nfunc h() int { return 0 }\nfunc f() {\n${statement}\n}\n`,
    );
    const call = pkg.tree.all(Kind.CallExpr).find((node) => /^[gh]\(\)$/u.test(pkg.text(node))) ?? 0;
    return takers(pkg.tree, call).map((taker) => pkg.text(taker));
  };
  test.each([
    ["a, err := g(); _, _ = a, err", ["a", "err"]],
    ["var a, err = g(); _, _ = a, err", ["a", "err"]],
    ["a, b := 1, (h()); _, _ = a, b", ["b"]],
    ["if _, err := g(); err != nil { }", ["_", "err"]],
    ["println(h())", []],
    ["h()", []],
  ])("%s: %p", (statement, expected) => {
    expect(names(statement)).toEqual(expected);
  });
});

test("each use of a variable is told by where its value goes", () => {
  const pkg = packageFromSource(
    "package p\n\ntype t struct{ f *t }\n\nfunc f(c chan *t, g func(*t)) *t {\nx := &t{}\nx.f = nil\ng(x)\nc <- x\ny := t{f: x}\n_ = y == t{}\n_ = &x\n_ = *x\nreturn (x)\n}\n",
  );
  const symbol = pkg.symbol(pkg.tree.all(Kind.Ident).find((node) => pkg.text(node) === "x") ?? 0);
  const uses = symbol === undefined ? [] : pkg.uses(symbol).map((use) => useOf(pkg.tree, use));
  expect(uses).toEqual(["assigned", "selected", "argument", "stored", "stored", "address", "other", "returned"]);
});

test("the root of a path is the variable it starts from", () => {
  const pkg = packageFromSource(
    'package p\n\nimport "os"\n\ntype t struct{ f []*t }\n\nfunc f(v *t) { _ = (&v.f[0].f).x; _ = os.Args[0] }\n',
  );
  const roots = pkg.tree
    .all(Kind.AssignStmt)
    .flatMap((statement) => pkg.tree.list(statement, Role.Rhs).map((value) => rootOf(pkg, value)?.name));
  expect(roots).toEqual(["v", "Args"]);
});

describe("a variable is known not to be nil", () => {
  test.each([
    ["if x != nil { use(x) }", true],
    ["if x == nil { return }\nuse(x)", true],
    ["if x == nil { } else { use(x) }", true],
    ["if x == nil || n > 0 { return }\nuse(x)", true],
    ["if x != nil && n > 0 { use(x) }", true],
    ["if x != nil || n > 0 { use(x) }", false],
    ["if x == nil { n++ }\nuse(x)", false],
    ["use(x)", false],
  ])("in %s: %p", (body, expected) => {
    const pkg = packageFromSource(`package p\n\nfunc use(*int) {}\nfunc f(x *int, n int) {\n${body}\n}\n`);
    const use = pkg.tree.all(Kind.CallExpr).map((call) => pkg.tree.args(call)[0] ?? 0)[0] ?? 0;
    const symbol = pkg.symbol(use);
    expect(symbol !== undefined && knownNotNil(pkg, use, symbol)).toBe(expected);
  });
});
