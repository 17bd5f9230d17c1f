import { expect, test } from "bun:test";
import { choosePackages } from "./change-choice.ts";
import { type GoPackage, parsePackages } from "./package-list.ts";

function pack(name: string, imports: readonly string[], extra: Partial<GoPackage> = {}): GoPackage {
  const rest = { folder: name, goFiles: [`${name}.go`], isOfModule: true, isMain: false, usesCgo: false };
  return { importPath: `m/${name}`, imports: imports.map((one) => `m/${one}`), ...rest, ...extra };
}

/** main → a … f; a, b → base; base → low. Eight packages besides main. */
const module = [
  pack("main", ["a", "b", "c", "d", "e", "f"], { isMain: true }),
  pack("a", ["base"]),
  pack("b", ["base"]),
  pack("c", []),
  pack("d", [], { goFiles: ["d.go", "more.go"] }),
  pack("e", []),
  pack("f", [], { usesCgo: true, goFiles: ["1.go", "2.go", "3.go"] }),
  pack("base", ["low"]),
  pack("low", []),
];

test("the leaf has main as its only importer, most files, and no cgo", () => {
  expect(choosePackages(module).leaf).toMatchObject({ package: { importPath: "m/d" }, importers: 1 });
});

test("importers count through others, and the share nearest to 30 % wins", () => {
  // base: main, a, b of 8; low: also base.
  expect(choosePackages(module).shared).toMatchObject({
    package: { importPath: "m/base" },
    importers: 3,
    share: 0.375,
  });
  expect(choosePackages(module).isInRange).toBe(false);
  const larger = [...module, pack("g", []), pack("h", [])];
  expect(choosePackages(larger)).toMatchObject({ shared: { share: 0.3 }, isInRange: true });
});

test("packages of other modules are neither changed nor counted", () => {
  const others = Array.from({ length: 50 }, (_, i) => pack(`x${i}`, ["base"], { isOfModule: false }));
  expect(choosePackages([...others, ...module])).toEqual(choosePackages(module));
});

test("the choice does not depend on the order of the list; a lone program has nothing to change", () => {
  expect(choosePackages(module.toReversed())).toEqual(choosePackages(module));
  expect(() => choosePackages([pack("main", [], { isMain: true })])).toThrow("too few packages");
});

test("go's own output is read: one object after another, fields left out where they are empty", () => {
  const text = `{
\t"Dir": "/w/checkout/store",
\t"ImportPath": "example.org/notes/store",
\t"Name": "store",
\t"Module": {
\t\t"Path": "example.org/notes",
\t\t"Main": true
\t},
\t"GoFiles": [
\t\t"store.go"
\t]
}
{
\t"Dir": "/w/checkout",
\t"ImportPath": "example.org/notes",
\t"Name": "main",
\t"Imports": [
\t\t"example.org/notes/store"
\t]
}
`;
  expect(parsePackages(text, "/w/checkout")).toEqual([
    {
      importPath: "example.org/notes/store",
      folder: "store",
      goFiles: ["store.go"],
      imports: [],
      isOfModule: true,
      isMain: false,
      usesCgo: false,
    },
    {
      importPath: "example.org/notes",
      folder: "",
      goFiles: [],
      imports: ["example.org/notes/store"],
      isOfModule: false,
      isMain: true,
      usesCgo: false,
    },
  ]);
});
