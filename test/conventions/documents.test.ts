/** What README.md and the guides tell people to type is something that works. */

import { describe, expect, test } from "bun:test";
import { findCommand } from "../../src/cli/command-index.ts";
import { commandIndex } from "../../src/cli/generated/commands.ts";
import { parseFlags } from "../../src/core/flags.ts";
import { findFiles, readText } from "./repository.ts";

interface Fence {
  readonly language: string;
  readonly text: string;
}

function fencesOf(markdown: string): Fence[] {
  const found = markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, language = "", text = ""]) => ({ language, text }));
}

/** Each `ballast …` of a fence, less what belongs to the shell, YAML or Groovy around it. */
function commandLinesOf(text: string): string[] {
  const joined = text.replaceAll("\\\n", " ");
  return [...joined.matchAll(/\bballast"? +([a-z]+(?= |$|["')])[^\n"')#|;>]*)/gm)].map(([, words = ""]) =>
    words.trim(),
  );
}

/** What the command line says to these words without running them; `undefined`: nothing. */
function refusal(line: string): string | undefined {
  try {
    const { entry, rest } = findCommand(commandIndex, line.split(/ +/));
    parseFlags(entry.flags, rest, { passThrough: entry.passThrough === true });
    return undefined;
  } catch (cause) {
    return `ballast ${line}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

const documents = findFiles("README.md", "docs/guides/*.md");

describe("what people are told to type", () => {
  test("is found in the ways in which it is written", () => {
    expect(commandLinesOf('eval "$(ballast env --mode read-only)"  # a\nX=y ./ballast serve \\\n --json\n')).toEqual([
      "env --mode read-only",
      "serve   --json",
    ]);
    expect(
      commandLinesOf("curl -o bin/ballast https://x\nchmod +x ballast\nCOPY --from=r/ballast:1 /ballast /b\n"),
    ).toEqual([]);
    expect(refusal("frobnicate")).toContain("frobnicate");
    expect(refusal("serve --lisen x")).toContain("--lisen");
  });

  for (const path of documents) {
    test(`in ${path} are commands and flags that exist`, () => {
      const lines = fencesOf(readText(path)).flatMap(({ text }) => commandLinesOf(text));
      expect(lines.flatMap((line) => refusal(line) ?? [])).toEqual([]);
    });

    test(`in ${path} is YAML where it says so`, () => {
      for (const { language, text } of fencesOf(readText(path))) {
        if (language === "yaml") expect(() => Bun.YAML.parse(text)).not.toThrow();
      }
    });
  }

  test("in README.md are a server and a runner", () => {
    const lines = fencesOf(readText("README.md")).flatMap(({ text }) => commandLinesOf(text));
    expect(lines.filter((line) => /^(?:demo|serve|go|env)\b/.test(line)).length).toBeGreaterThanOrEqual(5);
  });
});
