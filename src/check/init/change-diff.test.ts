import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { createStyle } from "../../core/style.ts";
import { changeDiff, diffLines } from "./change-diff.ts";

const plain = createStyle({ isTTY: false }, {});
const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 25 });

describe("the diff of two texts", () => {
  test("holds both of them, and no shorter one would do for small texts", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = diffLines(before, after);
        expect(found.filter(({ mark }) => mark !== "+").map(({ text }) => text)).toEqual(before);
        expect(found.filter(({ mark }) => mark !== "-").map(({ text }) => text)).toEqual(after);
        expect(found.filter(({ mark }) => mark === " ").length).toBe(commonLength(before, after));
      }),
    );
  });

  test("is what `diff -u` says of the same files", async () => {
    const before = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const after = before.with(3, "changed").toSpliced(20, 1).concat("new");
    const diff = changeDiff(
      { path: "x", before: `${before.join("\n")}\n`, after: `${after.join("\n")}\n`, reasons: [] },
      plain,
    );
    const folder = process.env["TMPDIR"] ?? "/tmp";
    const [one, two] = [`${folder}/diff-${process.pid}-a`, `${folder}/diff-${process.pid}-b`];
    await Bun.write(one, `${before.join("\n")}\n`);
    await Bun.write(two, `${after.join("\n")}\n`);
    const { stdout } = Bun.spawnSync(["diff", "-u", one, two]);
    await Promise.all([Bun.file(one).delete(), Bun.file(two).delete()]);
    expect(diff.split("\n").slice(2)).toEqual(stdout.toString().split("\n").slice(2));
  });

  test("a new file, and a text that would steer a terminal", () => {
    const diff = changeDiff({ path: "a/b", before: undefined, after: "x\u001b[2J\n", reasons: [] }, plain);
    expect(diff).toBe("--- /dev/null\n+++ b/a/b\n@@ -0,0 +1,1 @@\n+x\uFFFD[2J\n");
  });

  test("large texts without anything in common end in time", () => {
    const many = (word: string): string => Array.from({ length: 20_000 }, (_, index) => `${word}${index}\n`).join("");
    const start = performance.now();
    changeDiff({ path: "x", before: many("a"), after: many("b"), reasons: [] }, plain);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const one of a) {
    const next = [0];
    for (const [index, other] of b.entries()) {
      next.push(one === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
