import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { loadYamlReader, yamlLimits } from "./read-yaml.ts";
import { sourceOffset, yamlAt, yamlItems, yamlText } from "./yaml-node.ts";

const readYaml = await loadYamlReader();

describe("the YAML reader", () => {
  test("never interprets scalars, applies merge keys, follows aliases and keeps tags", () => {
    const text = "on: push\na: &x\n  v: 1.20\n  w: one\nb:\n  <<: *x\n  w: two\n  r: !reference [.a, script]\n  n:\n";
    const [root] = readYaml(text).documents;
    expect(yamlText(yamlAt(root, "on"))).toBe("push");
    expect(yamlText(yamlAt(root, "b", "v"))).toBe("1.20");
    expect(yamlText(yamlAt(root, "b", "w"))).toBe("two");
    expect(yamlAt(root, "b", "r")?.tag).toBe("!reference");
    expect(yamlItems(yamlAt(root, "b", "r")).map(yamlText)).toEqual([".a", "script"]);
    expect(yamlText(yamlAt(root, "b", "n"))).toBeUndefined();
  });

  test("tells where a piece of a scalar stands in the file", () => {
    const text = "k:\n  - |\n    one\n      two three\n\n    four\n  - 'go vet'\n  - go build\n";
    const [block, quoted, plain] = yamlItems(yamlAt(readYaml(text).documents[0], "k"));
    for (const node of [block, quoted, plain]) {
      for (const word of node?.text.matchAll(/\S+/g) ?? []) {
        const at = node === undefined ? -1 : sourceOffset(text, node, word.index);
        expect(text.slice(at, at + word[0].length)).toBe(word[0]);
      }
    }
  });

  test.each([
    ["brackets", "[".repeat(100_000)],
    ["dashes", "- ".repeat(100_000)],
    ["questions", "? ".repeat(40_000)],
    ["indentation", Array.from({ length: 1300 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n")],
    ["size", "a: b\n".repeat(yamlLimits.textChars)],
    ["an alias that holds itself", "a: &a [*a]"],
    ["an unknown alias", "a: *b"],
    ["no YAML", "a: [}\n\tb"],
  ])("says what it did not follow: %s", (_, text) => {
    const startMs = performance.now();
    expect(readYaml(text).problems.length).toBeGreaterThan(0);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  test.each([
    ["colons", "a:b".repeat(100_000)],
    ["blanks", `a: b${" ".repeat(400_000)}c`],
    ["keys in one line", "a: ".repeat(100_000)],
    ["a long list in brackets", `a: [${"x, ".repeat(100_000)}]`],
    ["hashes", "# ".repeat(200_000)],
    ["many keys", Array.from({ length: 40_000 }, (_, at) => `k${at}: v`).join("\n")],
  ])("is done soon with %s", (_, text) => {
    const startMs = performance.now();
    readYaml(text);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  test("an alias bomb costs no more than its text", () => {
    const levels = Array.from({ length: 30 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}]`).slice(1);
    const { documents } = readYaml(`a0: &a0 [x]\n${levels.join("\n")}\n`);
    expect(documents).toHaveLength(1);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from("-:?&*!|>'\"%@`{}[], \n\t#a")) })),
        (text) => {
          const { documents, problems } = readYaml(text);
          expect(documents.length + problems.length).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
