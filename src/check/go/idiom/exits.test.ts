import { describe, expect, test } from "bun:test";

import { Kind } from "../kinds.ts";
import { packageFromSource } from "../syntax/package-from-source.ts";
import { callsTo } from "./calls.ts";
import { unreleasedReturn } from "./exits.ts";

/** The line, counted from take's, of the return on which nothing was released. */
function unreleased(body: string): number | undefined {
  const pkg = packageFromSource(
    `package p\n\nfunc take() {}\nfunc release() {}\n\nfunc f(n int) {\ntake()\n${body}\n}\n`,
  );
  const [taken = 0] = callsTo(pkg, ["example.com/p.take"]);
  const exit = unreleasedReturn(pkg, taken, callsTo(pkg, ["example.com/p.release"]), () => false);
  return exit === undefined ? undefined : pkg.place(exit).line - pkg.place(taken).line;
}

describe("a way out without a release", () => {
  test.each([
    ["if n > 0 { return }\nrelease()", 1],
    ["if n > 0 { release(); return }\nrelease()", undefined],
    ["release()\nif n > 0 { return }", undefined],
    ["defer release()\nif n > 0 { return }", undefined],
    ["if n > 0 { return }\ndefer release()", 1],
    ["defer func() { release() }()\nreturn", undefined],
    ["if n > 0 { release() }\nreturn", 2],
    ["g := func() { release() }\nif n > 0 { return }\ng()", undefined],
    ["go func() { return }()\nrelease()", undefined],
  ])("%s: %p", (body, expected) => {
    expect(unreleased(body)).toBe(expected);
  });

  test("is excused where the caller says so", () => {
    const pkg = packageFromSource("package p\n\nfunc take() {}\nfunc f() { take(); return }\n");
    const [taken = 0] = callsTo(pkg, ["example.com/p.take"]);
    const [exit] = pkg.tree.all(Kind.ReturnStmt);
    expect(unreleasedReturn(pkg, taken, [], () => false)).toBe(exit);
    expect(unreleasedReturn(pkg, taken, [], () => true)).toBeUndefined();
  });
});
