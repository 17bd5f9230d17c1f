import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergeProfiles } from "./merge.ts";
import { figureOf, type CoverMode, type CoverProfile } from "./profile.ts";
import { readProfileChunks, type ReadProfile } from "./read-profile.ts";
import { profileText } from "./write-profile.ts";

function read(text: string, chunkChars = text.length || 1): ReadProfile {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkChars) chunks.push(bytes.subarray(at, at + chunkChars));
  return readProfileChunks(chunks, "p");
}

const text = (profile: CoverProfile): string => [...profileText(profile)].join("");

/** Blocks of one toolchain over one source: a line each, so that none overlap. */
function profiles(mode: CoverMode): fc.Arbitrary<CoverProfile> {
  const block = fc.record({
    file: fc.constantFrom("m/a/a.go", "m/a/b c:d.go", "m/b.go"),
    line: fc.integer({ min: 1, max: 9 }),
  });
  const count = mode === "set" ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 2 ** 40 });
  const line = fc.tuple(block, count).map(([{ file, line: at }, n]) => `${file}:${at}.2,${at}.20 ${at % 4} ${n}\n`);
  return fc.array(line, { maxLength: 30 }).map((lines) => read(`mode: ${mode}\n${lines.join("")}`).profile);
}

const merge = (...given: CoverProfile[]): CoverProfile =>
  mergeProfiles(given.map((profile, at) => ({ name: `p${at}`, profile })));

for (const mode of ["set", "count", "atomic"] as const) {
  describe(`merging profiles of mode ${mode}`, () => {
    const some = profiles(mode);
    test("does not depend on the order", () => {
      fc.assert(fc.property(some, some, (a, b) => expect(merge(a, b)).toEqual(merge(b, a))));
    });
    test("nor on what is merged first", () => {
      fc.assert(
        fc.property(some, some, some, (a, b, c) => expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))),
      );
    });
    test("with nothing changes nothing", () => {
      fc.assert(fc.property(some, (a) => expect(merge(a, { mode, files: new Map() })).toEqual(a)));
    });
    test("never loses what ran, nor counts it twice", () => {
      fc.assert(
        fc.property(some, some, (a, b) => {
          const both = figureOf(merge(a, b));
          expect(both.covered).toBeGreaterThanOrEqual(Math.max(figureOf(a).covered, figureOf(b).covered));
          expect(both.covered).toBeLessThanOrEqual(both.statements);
        }),
      );
    });
    test("is what reading both texts as one gives", () => {
      fc.assert(fc.property(some, some, (a, b) => expect(read(text(a) + text(b)).profile).toEqual(merge(a, b))));
    });
  });
}

test("mode set: merging with itself changes nothing", () => {
  fc.assert(fc.property(profiles("set"), (a) => expect(merge(a, a)).toEqual(a)));
});

test("counts stop at the last exact number", () => {
  const most = read(`mode: count\nf.go:1.1,2.2 1 ${Number.MAX_SAFE_INTEGER}\n`).profile;
  expect(merge(most, most)).toEqual(most);
});

describe("reading", () => {
  test("gives what was written, however it is cut", () => {
    fc.assert(
      fc.property(profiles("count"), fc.integer({ min: 1, max: 40 }), (a, chunk) => {
        expect(read(text(a), chunk).profile).toEqual(a);
      }),
    );
  });

  test("a place that two tests report ran if either ran it, and it is seen that a last line would hide it", () => {
    const { profile, repeated } = read("mode: set\nm/a.go:1.1,2.2 3 1\nm/a.go:3.1,4.2 1 0\nm/a.go:1.1,2.2 3 0\n");
    expect(figureOf(profile)).toEqual({ covered: 3, statements: 4 });
    expect(repeated).toEqual({ lines: 1, contradicting: 1, lastWins: { covered: 0, statements: 4 } });
  });

  const refused: readonly (readonly [title: string, text: string, code: string])[] = [
    ["nothing", "", "go/cover-malformed"],
    ["no mode", "m/a.go:1.1,2.2 1 1\n", "go/cover-malformed"],
    ["an unknown mode", "mode: some\n", "go/cover-malformed"],
    ["half a line", "mode: set\nm/a.go:1.1,2.2 1\n", "go/cover-malformed"],
    ["a block that ends before it begins", "mode: set\nm/a.go:3.1,2.2 1 1\n", "go/cover-malformed"],
    ["a number that is none", "mode: count\nm/a.go:1.1,2.2 1 99999999999999999999\n", "go/cover-malformed"],
    ["a column beyond all files", "mode: count\nm/a.go:1.1,2.4294967296 1 1\n", "go/cover-malformed"],
    ["an endless line", `mode: set\n${"x".repeat(100_000)}`, "go/cover-malformed"],
    ["two modes", "mode: set\nmode: count\n", "go/cover-modes-mixed"],
    ["counts under set", "mode: set\nm/a.go:1.1,2.2 1 7\n", "go/cover-modes-mixed"],
    [
      "a place with 1 and with 2 statements",
      "mode: set\nm/a.go:1.1,2.2 1 1\nm/a.go:1.1,2.2 2 1\n",
      "go/cover-blocks-contradict",
    ],
  ];
  for (const [title, given, code] of refused) {
    test(`refuses ${title}`, () => expect(() => read(given, 1000)).toThrow(expect.objectContaining({ code })));
  }

  test("is never surprised by bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readProfileChunks([new TextEncoder().encode("mode: set\n"), bytes], "p");
        } catch (cause) {
          expect((cause as { code: string }).code).toStartWith("go/cover-");
        }
      }),
    );
  });
});

describe("merging refuses", () => {
  test("modes that differ", () => {
    const [a, b] = [read("mode: set\n").profile, read("mode: atomic\n").profile];
    expect(() => merge(a, b)).toThrow(expect.objectContaining({ code: "go/cover-modes-mixed" }));
  });

  test("blocks of one file that overlap: two sources, or two toolchains", () => {
    const of26 = read("mode: set\nm/a.go:5.22,6.11 1 1\nm/a.go:6.11,8.3 1 0\n").profile;
    const of27 = read("mode: set\nm/a.go:6.2,6.11 1 1\nm/a.go:7.3,8.1 1 0\n").profile;
    expect(() => merge(of26, of27)).toThrow(expect.objectContaining({ code: "go/cover-blocks-contradict" }));
  });
});
