import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hasCode } from "./errors.ts";
import { findSettingsFile, loadSettingsFile, readSettingsFile } from "./settings-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-settings-"));
  mkdirSync(join(folder, "repo/.git"), { recursive: true });
  mkdirSync(join(folder, "repo/a/b"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (cause) {
    for (const name of ["unreadable", "too-large", "malformed"]) {
      if (hasCode(cause, `core/settings-file-${name}`)) return name;
    }
    throw cause;
  }
  return "none";
}

describe("finding", () => {
  test("the nearest one upwards, in the repository's root at last", () => {
    writeFileSync(join(folder, "repo/ballast.yaml"), "port: 1\n");
    expect(findSettingsFile(join(folder, "repo/a/b"))).toBe(join(folder, "repo/ballast.yaml"));
    writeFileSync(join(folder, "repo/a/ballast.yaml"), "port: 2\n");
    expect(loadSettingsFile(join(folder, "repo/a/b"))?.values).toEqual({ port: 2 });
  });

  test("not above the repository's root, also where .git is a file", () => {
    writeFileSync(join(folder, "ballast.yaml"), "port: 1\n");
    expect(findSettingsFile(join(folder, "repo/a"))).toBeUndefined();
    rmSync(join(folder, "repo/.git"), { recursive: true });
    expect(findSettingsFile(join(folder, "repo/a"))).toBe(join(folder, "ballast.yaml"));
    writeFileSync(join(folder, "repo/.git"), "gitdir: elsewhere\n");
    expect(loadSettingsFile(join(folder, "repo/a"))).toBeUndefined();
  });
});

describe("reading", () => {
  function write(text: string): string {
    const path = join(folder, "ballast.yaml");
    writeFileSync(path, text);
    return path;
  }

  test("mappings, and nothing at all", () => {
    expect(readSettingsFile(write("cache:\n  server: http://c:1\n")).values).toEqual({
      cache: { server: "http://c:1" },
    });
    expect(readSettingsFile(write("# nothing\n")).values).toEqual({});
  });

  test("what is no mapping, no YAML, no file, or too large", () => {
    expect(codeOf(() => readSettingsFile(write("- a\n- b\n")))).toBe("malformed");
    expect(codeOf(() => readSettingsFile(write("a: [1\nb: }")))).toBe("malformed");
    expect(codeOf(() => readSettingsFile(join(folder, "repo")))).toBe("unreadable");
    expect(codeOf(() => readSettingsFile(join(folder, "absent.yaml")))).toBe("unreadable");
    expect(codeOf(() => readSettingsFile(write(`a: ${"x".repeat(1_000_000)}\n`)))).toBe("too-large");
  });
});
