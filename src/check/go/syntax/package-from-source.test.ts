import { describe, expect, test } from "bun:test";
import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { packageFromSource } from "./package-from-source.ts";

/** The identifiers of that name, in the order of the source. */
function idents(pkg: GoPackage, name: string): number[] {
  return pkg.tree.all(Kind.Ident).filter((node) => pkg.tree.name(node) === name);
}

function typeText(pkg: GoPackage, name: string, at = 0): string | undefined {
  return pkg.typeOf(idents(pkg, name)[at] ?? 0)?.text;
}

describe("names", () => {
  test("an inner variable hides an outer one, after its own declaration only", () => {
    const pkg = packageFromSource("package p\nfunc f() { x := 1; { x := x + 1; _ = x }; _ = x }");
    const symbols = idents(pkg, "x").map((node) => pkg.symbol(node));
    expect(symbols[0]).toBe(symbols[2]);
    expect(symbols[1]).toBe(symbols[3]);
    expect(symbols[0]).toBe(symbols[4]);
    expect(symbols[1]).not.toBe(symbols[0]);
  });

  test(":= declares only what its scope does not have", () => {
    const pkg = packageFromSource(
      "package p\nfunc f() error { a, err := g(); b, err := g(); _, _ = a, b; return err }\nfunc g() (int, error)",
    );
    expect(new Set(idents(pkg, "err").map((node) => pkg.symbol(node))).size).toBe(1);
    expect(typeText(pkg, "err")).toBe("error");
    expect(typeText(pkg, "b")).toBe("int");
  });

  test("each clause of a type switch has a variable of its own", () => {
    const pkg = packageFromSource(
      "package p\nfunc f(v any) { switch x := v.(type) { case int: _ = x; case string, bool: _ = x } }",
    );
    expect(idents(pkg, "x").map((node) => pkg.typeOf(node)?.text)).toEqual([undefined, "int", "any"]);
  });

  test("a key of a literal is a field of a struct and an expression of a map", () => {
    const pkg = packageFromSource(
      "package p\ntype T struct{ k int }\nconst k = 1\nvar a = T{k: k}\nvar b = map[int]int{k: k}",
    );
    expect(idents(pkg, "k").map((node) => pkg.symbol(node)?.scope)).toEqual([
      "field",
      "package",
      "field",
      "package",
      "package",
      "package",
    ]);
  });

  test("labels are found before and after their jumps", () => {
    const pkg = packageFromSource("package p\nfunc f() { goto end; end: for { break end } }");
    expect(new Set(idents(pkg, "end").map((node) => pkg.symbol(node)?.kind))).toEqual(new Set(["label"]));
  });
});

describe("types", () => {
  test("of variables, by whatever gives them", () => {
    const pkg = packageFromSource(`package p
type T struct{ next *T; m map[string][]byte }
func (t *T) M(n int) (string, bool)
func f(t T, ch <-chan T) {
  a := t.next.m["x"]
  b, ok := t.M(1)
  c := <-ch
  for i, d := range a { _, _ = i, d }
  e := func() int { return 1 }
  g := e()
  h := []*T{{}}
  j := h[0].next
  k := make(chan struct{}, 1)
  l := 1.5
  n := new(T)
}`);
    const expected = {
      a: "[]uint8",
      b: "string",
      ok: "bool",
      c: "example.com/p.T",
      i: "int",
      d: "uint8",
      e: "func() int",
      g: "int",
      h: "[]*example.com/p.T",
      j: "*example.com/p.T",
      k: "chan struct{}",
      l: "float64",
      n: "*example.com/p.T",
    };
    const found = Object.fromEntries(
      Object.keys(expected).map((name) => [
        name,
        pkg.tree
          .all(Kind.Ident)
          .filter((node) => pkg.tree.name(node) === name)
          .map((node) => pkg.typeOf(node)?.text)
          .at(-1),
      ]),
    );
    expect(found).toEqual({ ...expected, n: "*example.com/p.T" });
  });

  test("generic types and functions", () => {
    const pkg = packageFromSource(`package p
type List[E any] struct{ items []E }
func (l *List[E]) First() E { return l.items[0] }
func Map[A, B any](in []A, f func(A) B) []B
func f(l *List[string]) {
  a := l.First()
  b := Map([]int{1}, func(int) bool { return true })
  c := Map[int, error]
}`);
    expect(typeText(pkg, "a")).toBe("string");
    expect(typeText(pkg, "b")).toBe("[]bool");
    expect(typeText(pkg, "c")).toBe("func([]int, func(int) error) []error");
  });

  test("what embedding brings", () => {
    const pkg = packageFromSource(
      "package p\ntype A struct{ n int }\nfunc (A) Do()\ntype B struct{ *A }\nfunc f(b B) { b.Do(); _ = b.n }",
    );
    const [call, field] = pkg.tree.all(Kind.SelectorExpr).map((node) => pkg.selection(node));
    expect(call?.symbol.key).toBe("example.com/p.A.Do");
    expect(call?.path.map((step) => step.name)).toEqual(["A"]);
    expect(field?.symbol.key).toBe("example.com/p.A.n");
  });

  test("what is not known stays unknown", () => {
    const pkg = packageFromSource('package p\nimport "example.com/other"\nvar x = other.New()\nvar y = x.Field');
    expect(typeText(pkg, "x")).toBeUndefined();
    expect(pkg.symbol(idents(pkg, "New")[0] ?? 0)?.key).toBe("example.com/other.New");
  });
});

test("the standard library is known without a toolchain", () => {
  const pkg = packageFromSource(`package p
import ("net/http"; "sync"; "sync/atomic"; "time"; "math/rand/v2")
type S struct { sync.RWMutex; cfg atomic.Pointer[http.Client] }
func f(s *S) {
  s.RLock()
  c := s.cfg.Load()
  resp, err := c.Get("")
  b := resp.Body
  t := time.NewTicker(3 * time.Second).C
  n := rand.IntN(3)
  o := sync.OnceValue(func() string { return "" })
}`);
  const [lock] = pkg.tree.all(Kind.CallExpr).map((call) => pkg.callOf(call));
  expect(lock?.kind === "static" ? lock.symbol.key : "").toBe("sync.RWMutex.RLock");
  const types = ["c", "resp", "err", "b", "t", "n", "o"].map((name) => typeText(pkg, name));
  expect(types).toEqual([
    "*net/http.Client",
    "*net/http.Response",
    "error",
    "io.ReadCloser",
    "<-chan time.Time",
    "int",
    "func() string",
  ]);
});

describe("calls", () => {
  test("to functions, methods, closures, interfaces, built-in functions and conversions", () => {
    const pkg = packageFromSource(`package p
type I interface{ M() }
type T struct{}
func (T) M() {}
func g() {}
func f(i I, fn func()) {
  g(); T{}.M(); i.M(); fn(); func() {}(); _ = len(""); _ = int64(1)
  h := func() {}
  h()
}`);
    const kinds = pkg.tree.all(Kind.CallExpr).map((call) => pkg.callOf(call)?.kind);
    expect(kinds).toEqual(["static", "static", "interface", "dynamic", "closure", "builtin", "conversion", "closure"]);
    const target = pkg.callOf(pkg.tree.all(Kind.CallExpr)[2] ?? 0);
    expect(target?.kind === "interface" ? target.implementations : []).toEqual(["example.com/p.T.M"]);
  });

  test("captures are the variables of functions around", () => {
    const pkg = packageFromSource(
      "package p\nvar g int\nfunc f(a int) { b := 1; go func(c int) { _ = a + b + c + g; d := 1; _ = d }(1) }",
    );
    const [literal] = pkg.tree.all(Kind.FuncLit);
    expect(pkg.captures(literal ?? 0).map((symbol) => symbol.name)).toEqual(["a", "b"]);
  });
});

describe("constants", () => {
  test("iota, repetition and arithmetic", () => {
    const pkg = packageFromSource(
      'package p\nconst (\n a = 1 << iota\n b\n _\n c\n)\nconst d = "x" + "y"\nconst e = c / 3.0',
    );
    const values = ["a", "b", "c", "d"].map((name) => pkg.declared.get(`example.com/p.${name}`)?.constant);
    expect(values).toEqual([1, 2, 8, "xy"]);
  });
});

test("a place counts columns in bytes", () => {
  const pkg = packageFromSource('package p\nvar a, é = "ü", 1\n');
  const [name] = idents(pkg, "é");
  expect(pkg.place(name ?? 0)).toEqual({ path: "p.go", line: 2, column: 8, endLine: 2, endColumn: 10 });
});

test("what cannot be parsed is said, and the rest is read", () => {
  const pkg = packageFromSource("package p\nfunc f() { x := ; g() }\nfunc g() {}\nfunc (\nfunc h() {}");
  expect(pkg.partial.map(({ line }) => line)).toEqual([2, 5]);
  expect([...pkg.declared.keys()]).toEqual(["example.com/p.f", "example.com/p.g", "example.com/p.h"]);
});
