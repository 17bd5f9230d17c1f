import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import type { Finding, Fix, TextEdit } from "../finding.ts";
import { applyEdits, chooseFixes } from "./fixes.ts";

const edit = (start: number, end: number, text = "", path = "a"): TextEdit => ({ path, start, end, text });

function findingWith(fix: Fix | undefined): Finding {
  const place = { path: "a", line: 1, column: 1, endLine: 1, endColumn: 1 };
  const words = { rule: "go/x", category: "nil", severity: "error", confidence: "high", message: "", why: "" } as const;
  return { ...place, ...words, related: [], ...(fix === undefined ? {} : { fix }) };
}

const choose = (
  choice: "safe" | "unsafe",
  ...fixes: readonly (readonly [Fix["safety"], readonly TextEdit[]])[]
): number[] => {
  const all = fixes.map(([safety, edits], index): Fix => ({ title: String(index), safety, edits }));
  return chooseFixes(all.map(findingWith), choice).map(({ title }) => Number(title));
};

describe("choosing fixes", () => {
  test("the first of those that overlap or touch, whole or not at all", () => {
    expect(
      choose("safe", ["safe", [edit(0, 4)]], ["safe", [edit(9, 9, "x"), edit(3, 5)]], ["safe", [edit(9, 9, "y")]]),
    ).toEqual([0, 2]);
    expect(choose("safe", ["safe", [edit(0, 4)]], ["safe", [edit(4, 5)]])).toEqual([0]);
    expect(choose("safe", ["safe", [edit(0, 4)]], ["safe", [edit(0, 4, "", "b")]])).toEqual([0, 1]);
  });

  test("the very same edit is no overlap, one that contradicts itself is refused", () => {
    expect(choose("safe", ["safe", [edit(2, 2, "x")]], ["safe", [edit(2, 2, "x"), edit(8, 9)]])).toEqual([0, 1]);
    expect(choose("safe", ["safe", [edit(2, 6), edit(4, 8)]], ["safe", [edit(9, 3)]], ["safe", []])).toEqual([]);
  });

  test("unsafe ones only when asked for", () => {
    expect(choose("safe", ["unsafe", [edit(0, 1)]])).toEqual([]);
    expect(choose("unsafe", ["unsafe", [edit(0, 1)]])).toEqual([0]);
  });
});

describe("applying edits", () => {
  test("chosen edits change their own pieces and nothing else, in whatever order they come", () => {
    const pieces = fc.array(
      fc.tuple(fc.string({ maxLength: 5 }), fc.string({ minLength: 1, maxLength: 5 }), fc.string()),
    );
    fc.assert(
      fc.property(pieces, fc.nat(), (parts, seed) => {
        let [text, expected] = ["", ""];
        const edits: TextEdit[] = [];
        for (const [kept, old, fresh] of parts) {
          const start = text.length + kept.length + 1;
          edits.push(edit(start, start + old.length, fresh));
          text += `${kept}.${old}`;
          expected += `${kept}.${fresh}`;
        }
        const at = edits.length === 0 ? 0 : seed % edits.length;
        expect(applyEdits(text, [...edits.slice(at), ...edits.slice(0, at)])).toBe(expected);
      }),
    );
  });
});
