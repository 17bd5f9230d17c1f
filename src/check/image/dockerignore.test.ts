import { describe, expect, test } from "bun:test";

import { readIgnoreRules } from "./dockerignore.ts";

/** Whether a build's context lacks the path. */
function excludes(text: string, path: string): boolean {
  return readIgnoreRules(".dockerignore", text).excludes(path);
}

describe("what .dockerignore keeps out", () => {
  test("names, folders and what lies in them, wildcards", () => {
    for (const pattern of [".git", "/.git", "./.git/", "**/.git", ".g?t", ".*", "*"]) {
      expect([pattern, excludes(pattern, ".git")]).toEqual([pattern, true]);
    }
    for (const pattern of ["", "# .git", ".gitignore", "git", "a/.git", ".git/hooks", "*.git.x"]) {
      expect([pattern, excludes(pattern, ".git")]).toEqual([pattern, false]);
    }
    expect(excludes("a/**/c", "a/b/b/c")).toBe(true);
    expect(excludes("a/**", "a/b")).toBe(true);
    expect(excludes("*.md", "docs/a.md")).toBe(false);
  });

  test("the last pattern that fits decides", () => {
    expect(excludes("*\n!.git", ".git")).toBe(false);
    expect(excludes("!.git\n*", ".git")).toBe(true);
  });

  test("hostile patterns end in time", () => {
    const start = performance.now();
    excludes(`${"**/".repeat(200)}x\n${"*a".repeat(2_000)}\n`.repeat(500), "a".repeat(4_000));
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
