import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { createSourceText, decodeText, lineText, offsetAt, positionAt, rangeAt } from "./source-text.ts";

describe("places in a text", () => {
  test("columns count bytes of UTF-8", () => {
    const source = createSourceText("x.go", "a\n\té😀b\r\nlast");
    expect(positionAt(source, 2)).toEqual({ line: 2, column: 1 });
    expect(positionAt(source, source.text.indexOf("b"))).toEqual({ line: 2, column: 8 });
    expect(rangeAt(source, 2, 9)).toEqual({ line: 2, column: 1, endLine: 3, endColumn: 1 });
    expect(lineText(source, 2)).toBe("\té😀b");
    expect(lineText(source, 9)).toBe("");
  });

  test("a byte order mark stays", () => {
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe("\ufeffa");
  });

  test("offset and position are each other's inverse, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, seed) => {
        const source = createSourceText("x", text);
        let offset = seed % (text.length + 1);
        // The middle of a surrogate pair is no place.
        if (offset > 0 && (text.codePointAt(offset - 1) ?? 0) > 0xffff) offset -= 1;
        const { line, column } = positionAt(source, offset);
        expect(offsetAt(source, line, column)).toBe(offset);
      }),
    );
  });
});
