/** Law: where the plain reader gives anything, the full parser gives the same and complains of nothing. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readPlainYaml } from "./plain-yaml.ts";
import { loadFullReader } from "./read-yaml.ts";
import type { YamlNode } from "./yaml-node.ts";

const readFull = await loadFullReader();

/** Ends of collections and blocks differ by the blanks after them, which nobody uses. */
function shapeOf(node: YamlNode): unknown {
  const end = node.kind === "scalar" && node.style !== "literal" ? node.end : 0;
  const entries = [...node.entries].map(([name, { key, value }]) => [name, shapeOf(key), shapeOf(value)]);
  return [node.kind, node.text, node.style, node.start, end, node.tag, entries, node.items.map(shapeOf)];
}

function expectSame(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined) return false;
  const { documents, problems } = readFull(text);
  expect(problems).toEqual([]);
  expect(documents.map(shapeOf)).toEqual([shapeOf(plain)]);
  return true;
}

const workflow = `---
name: CI # a comment
on:
  push: {branches: [main, 'release/*']}
  pull_request:
jobs:
  test:
    strategy:
      matrix: { go: ["1.24", 1.25], os: [ubuntu-latest] }
    steps:
    - uses: actions/checkout@v4
    - name: "go: test"
      run: |
        if [ ! -f x ]; then
          go test ./... # not a comment

        fi
      env:
        A: \${{ matrix.go }}
    - run: |-
        go vet ./...
`;

describe("the plain reader", () => {
  test("reads a workflow as the full parser does", () => {
    expect(expectSame(workflow)).toBe(true);
  });

  test.each([
    "a: &x 1\nb: *x\n",
    "a: !t b\n",
    "a: one\n  two\n",
    "a: >\n  b\n",
    "a: [1,\n 2]\n",
    "a: b\n---\nc: d\n",
    "<<: {a: b}\n",
    "a: |2\n   b\n",
    "? a\n",
  ])("leaves %j to the full parser", (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  test("never differs from it", () => {
    const common = <Value>(weight: number, usual: readonly Value[], rare: readonly Value[]): fc.Arbitrary<Value> =>
      fc.oneof({ weight, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
    const indent = common(6, ["", "", "  "], ["    ", " ", "      "]);
    const start = common(
      12,
      ["a: ", "b: ", "'d': ", "- ", "- c: "],
      ["a:", '"e" : ', "#", "x", "- - ", "f:g: ", "? ", "k : ", "-"],
    );
    const value = common(
      3,
      ["", "v", "1.20", "v # c", "[x, y]", "{a: 1}", "'q'"],
      [
        "'it''s'",
        '"a\\n#b"',
        "[x, 'y z', {k: v}]",
        "{a: 1, b: [c]}",
        "|",
        "|-",
        "|+",
        ">",
        "& y",
        "*z",
        "!t w",
        "v # c",
        "v#c",
        "a: b",
        "x:",
        "{",
        "]",
        "%",
        "@",
        "-",
        "- x",
        "\tz",
        "~",
        "[]",
        "{}",
        "[,]",
        "{a}",
        "{a:b}",
        "[a:b, c: d]",
        "'q' r",
        "${{ x }}",
        "| # c",
      ],
    );
    const line = fc.tuple(indent, start, value).map((parts) => parts.join(""));
    const text = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: line },
        { weight: 1, arbitrary: fc.constantFrom("", "  ", "   text", "  more words") },
      ),
      { maxLength: 8 },
    );
    let plain = 0;
    fc.assert(
      fc.property(text, fc.constantFrom("\n", ""), (lines, end) => {
        if (expectSame(lines.join("\n") + end)) plain++;
      }),
      { numRuns: 6000 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});
