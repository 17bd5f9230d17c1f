import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseModulePath } from "./module-path.ts";

describe("a path of the module proxy protocol", () => {
  test.each(["info", "mod", "zip"] as const)("of a version's .%s is fixed", (type) => {
    expect(parseModulePath(`github.com/!azure/sdk-go/@v/v1.2.3-!r!c.1.${type}`)).toEqual({
      kind: "fixed",
      file: {
        type,
        module: "github.com/Azure/sdk-go",
        version: "v1.2.3-RC.1",
        escaped: "github.com/!azure/sdk-go@v1.2.3-!r!c.1",
      },
    });
  });

  test.each([
    ["example.org/a/@v/v0.0.0-20260102030405-abcdefabcdef.mod", "fixed"],
    ["example.org/a/v2/@v/v2.0.0+incompatible.zip", "fixed"],
    ["example.org/a/@v/list", "changing"],
    ["example.org/a/@latest", "changing"],
    ["example.org/a/@v/master.info", "changing"],
    ["example.org/a/@v/v1.info", "changing"],
    ["sumdb/sum.example.org/latest", "changing"],
    ["sumdb/sum.example.org/supported", "changing"],
    ["sumdb/sum.example.org/lookup/example.org/!a@v1.0.0", "fixed"],
    ["sumdb/sum.example.org/tile/8/0/x001/234", "fixed"],
    ["sumdb/sum.example.org/tile/8/1/000.p/17", "changing"],
  ] as const)("%s is %s", (path, kind) => {
    expect(parseModulePath(path)?.kind).toBe(kind);
  });

  test.each([
    "",
    "@v/list",
    "example.org/a",
    "example.org/a/@v/",
    "example.org/a/@v/v1.0.0.exe",
    "example.org/a/@v/master.zip",
    "example.org/a/@v/v1.0.0/../../b.zip",
    "example.org/../a/@v/list",
    "example.org//a/@v/list",
    "Example.org/a/@v/list",
    "example.org/a!/@v/list",
    "example.org/!!a/@v/list",
    "example.org/a%2f..%2fb/@v/list",
    "sumdb/sum.example.org/lookup/../x@v1",
    "sumdb/../x/latest",
    "sumdb/sum.example.org/other",
    `${"a/".repeat(600)}@v/list`,
  ])("%j is none", (path) => {
    expect(parseModulePath(path)).toBeUndefined();
  });

  test("never leaves the proxy's own address", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", ".", "/", "@", "v", "!", "%", "1", "\\", "?") }), (text) => {
        if (parseModulePath(text) === undefined) return;
        expect(new URL(`http://proxy/base/${text}`).pathname).toBe(`/base/${text}`);
      }),
      { numRuns: 3000 },
    );
  });
});
