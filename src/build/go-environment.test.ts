import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

import { cacheSettings } from "../cache/settings.ts";
import { resolveSettings } from "../core/settings.ts";
import { splitQuotedWords } from "../go/quoted-words.ts";
import { quoteWords } from "./cacheprog-value.ts";
import { appendToGithubEnv, cacheprogFlags, shellLine } from "./go-environment.ts";

const work = mkdtempSync(join(tmpdir(), "go-environment-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What a shell or Go could trip over. */
const word = fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "\\", "$", "`", "!", "\n", "ä", "-", "%") });

describe("the value", () => {
  const flagsOf = (flags: Record<string, unknown>): string[] =>
    cacheprogFlags(
      cacheSettings,
      resolveSettings(cacheSettings, { flags, cwd: "/work", env: { BALLAST_MODE: "read-only" } }),
    );

  test("holds what was given as a flag, with absolute paths, and nothing else", () => {
    expect(flagsOf({})).toEqual([]);
    expect(
      flagsOf({ server: "http://cache:7420", tokenFile: "token", share: ["compile", "test"], waitLimit: "1500ms" }),
    ).toEqual([
      "--server",
      "http://cache:7420",
      "--token-file",
      "/work/token",
      "--share",
      "compile,test",
      "--wait-limit",
      "1500ms",
    ]);
  });

  test("holds no password", () => {
    expect(() => flagsOf({ server: "http://me:s3cret@cache:7420" })).toThrow("holds a user or a password");
  });

  test("is split by Go into the words that it was made of", () => {
    fc.assert(
      fc.property(fc.array(word.filter((one) => !(one.includes("'") && one.includes('"')))), (words) => {
        expect(splitQuotedWords(quoteWords(words))).toEqual(words);
      }),
    );
  });
});

describe("a shell's line", () => {
  test.each([
    ["sh", `export A='it'\\''s "x" \\ $y'`],
    ["bash", `export A='it'\\''s "x" \\ $y'`],
    ["fish", `set -gx A 'it\\'s "x" \\\\ $y'`],
    ["powershell", `$env:A = 'it''s "x" \\ $y'`],
  ] as const)("of %s", (shell, line) => {
    expect(shellLine(shell, "A", `it's "x" \\ $y`)).toBe(line);
  });

  test("gives sh the value that it was made of", () => {
    fc.assert(
      fc.property(word, (value) => {
        const script = `${shellLine("sh", "A", value)}\nprintf '%s|' "$A"`;
        expect(Bun.spawnSync(["sh", "-c", script]).stdout.toString()).toBe(`${value}|`);
      }),
      { numRuns: 50 },
    );
  });
});

describe("GITHUB_ENV", () => {
  test("gets one line more, also where the last one was left open", () => {
    const path = join(work, "github-env");
    writeFileSync(path, "");
    expect(appendToGithubEnv(path, "A", "1")).toBe(path);
    appendToGithubEnv(path, "B", "x=y 'z'");
    writeFileSync(path, "C=3", { flag: "a" });
    appendToGithubEnv(path, "D", "4");
    expect(readFileSync(path, "utf8")).toBe("A=1\nB=x=y 'z'\nC=3\nD=4\n");
  });

  test("is refused when it is missing, cannot be written, or would get another variable", () => {
    const code = (path: string | undefined, value: string): unknown => {
      try {
        return appendToGithubEnv(path, "A", value);
      } catch (cause) {
        return (cause as { code?: string }).code;
      }
    };
    expect(code(undefined, "1")).toBe("build/github-env-unusable");
    expect(code("", "1")).toBe("build/github-env-unusable");
    expect(code(join(work, "no", "file"), "1")).toBe("build/github-env-unusable");
    const path = join(work, "injected");
    writeFileSync(path, "");
    expect(code(path, "1\nPATH=/evil")).toBe("build/github-env-unusable");
    expect(readFileSync(path, "utf8")).toBe("");
  });
});
