import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { buildCatalogue, chooseFactors } from "./choose-factors.ts";
import type { FactorGround } from "./factor.ts";
import { type ClassifiedCell, conditionalInfluences, decidingFactors, edgesAlong, influenceOf } from "./influence.ts";

const names = ["a", "b", "c", "d"];

/** All 16 combinations, classified by a function of some of the factors. */
function cellsOf(classOf: (levels: Readonly<Record<string, string>>) => string): ClassifiedCell[] {
  return Array.from({ length: 16 }, (_none, bits) => {
    const levels = Object.fromEntries(names.map((name, index) => [name, String((bits >> index) & 1)]));
    return { levels, hash: classOf(levels) };
  });
}

describe("the deciding factors", () => {
  test("are those of which the class is a function, and no fewer decide", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 16, maxLength: 16 }),
        fc.subarray(names),
        (table, used) => {
          const cells = cellsOf((levels) =>
            String(table[used.reduce((sum, name) => sum * 2 + Number(levels[name]), 0)]),
          );
          const found = decidingFactors(cells, names);
          expect(found.every((name) => used.includes(name))).toBe(true);
          // A factor decides exactly where it changes some pair.
          const changing = names.filter((name) => edgesAlong(cells, name, "0").some(({ isChange }) => isChange));
          expect([...found]).toEqual(changing);
        },
      ),
    );
  });
});

test("influence is the share of pairs that change, and its halves add up", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 16, maxLength: 16 }), (table) => {
      const cells = cellsOf(({ a, b, c, d }) =>
        String(table[Number(a) + 2 * Number(b) + 4 * Number(c) + 8 * Number(d)]),
      );
      for (const name of names) {
        const edges = edgesAlong(cells, name, "0");
        const whole = influenceOf(name, edges);
        expect(whole?.edges).toBe(8);
        for (const other of names.filter((one) => one !== name)) {
          const halves = conditionalInfluences(name, edges, other, ["0", "1"]);
          expect(halves.map((half) => half.edges)).toEqual([4, 4]);
          expect(halves.reduce((sum, { changed }) => sum + changed, 0)).toBe(whole?.changed as number);
        }
      }
    }),
  );
});

describe("choosing factors", () => {
  const ground: FactorGround = {
    goEnv: { GOARCH: "amd64", CC: "gcc" },
    compiler: "/usr/bin/gcc",
    hasGit: true,
    version: [1, 26],
  };
  const levelsOf = (text: string, on = ground): readonly string[] =>
    chooseFactors([text], buildCatalogue(on)).factors[0]?.levels ?? [];

  test("levels as they were written", () => {
    expect(levelsOf("tz")).toEqual(["UTC", "Asia/Tokyo"]);
    expect(levelsOf("goamd64=v2,v3")).toEqual(["v2", "v3"]);
    expect(levelsOf("-tags=,special")).toEqual(["", "special"]);
    expect(levelsOf(String.raw`-tags=a\,b,c`)).toEqual(["a,b", "c"]);
    expect(levelsOf("X_Y=1=2,3")).toEqual(["1=2", "3"]);
    expect(levelsOf("ldflags=-X a.b=c d,-s")).toEqual(["-X a.b=c d", "-s"]);
  });

  test("what cannot be is refused", () => {
    for (const bad of [
      "tz=UTC",
      "tz=a,b,c",
      "tz=a,a",
      "nothing",
      "nothing=1,2",
      "-Bad flag=1,2",
      "workdir=x,y",
      "toolchain",
      "-gcflags",
    ]) {
      expect(() => chooseFactors([bad], buildCatalogue(ground))).toThrow(
        expect.objectContaining({ code: "lab/factor-unknown" }) as Error,
      );
    }
    const bare = { ...ground, hasGit: false, compiler: undefined };
    expect(() => chooseFactors(["commit"], buildCatalogue(bare))).toThrow(
      expect.objectContaining({ code: "lab/factor-not-applicable" }) as Error,
    );
    expect(chooseFactors([], buildCatalogue(bare)).leftOut.map(([name]) => name)).toEqual([
      "buildvcs",
      "commit",
      "dirty",
      "cgo",
      "cc",
      "cgoflags",
    ]);
  });
});
