import { describe, expect, test } from "bun:test";

import { runProcess } from "../core/process.ts";
import { completionScript } from "./completion-script.ts";

const index = [
  { path: ["cache", "ls"], summary: "List what's there", flags: { json: { type: "boolean", doc: "As JSON." } } },
  {
    path: ["cache", "stats"],
    summary: "Count: all",
    flags: { kind: { type: "choice", doc: "Which.", choices: ["test", "vet"] } },
  },
  { path: ["go"], summary: "Run go", flags: { quiet: { type: "boolean", doc: "Say nothing." } } },
] as const;

/** What bash proposes for the last of the words. */
async function bashProposals(...words: readonly string[]): Promise<string[]> {
  const script = `${completionScript("bash", index)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ballast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runProcess({ argv: ["bash", "-c", script, "bash", ...words], deadlineMs: 10_000 });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test("proposes commands, groups, verbs, flags and choices", async () => {
    expect(await bashProposals("ballast", "")).toEqual(["--help", "--version", "cache", "go"]);
    expect(await bashProposals("ballast", "ca")).toEqual(["cache"]);
    expect(await bashProposals("ballast", "cache", "")).toEqual(["ls", "stats"]);
    expect(await bashProposals("ballast", "cache", "ls", "--")).toEqual(["--json", "--help"]);
    expect(await bashProposals("ballast", "cache", "stats", "--kind", "")).toEqual(["test", "vet"]);
    expect(await bashProposals("ballast", "cache", "stats", "--kind", "vet", "--")).toEqual(["--kind", "--help"]);
    expect(await bashProposals("ballast", "go", "--")).toEqual(["--quiet", "--help"]);
    expect(await bashProposals("ballast", "nonsense", "")).toEqual([]);
  });
});

describe("zsh and fish", () => {
  test("zsh: words and sentences, quoted", () => {
    const script = completionScript("zsh", index);
    expect(script).toContain(`('cache ls|'*|'cache ls '*) candidates=('--json:As JSON.' '--help:Show this help.') ;;`);
    expect(script).toContain(`('cache|'*) candidates=('ls:List what'\\''s there' 'stats:Count: all') ;;`);
    expect(script).toContain(`('cache stats'*'|--kind') candidates=(test vet) ;;`);
  });

  test("fish: one line for each word, under the words before it", () => {
    const lines = completionScript("fish", index).split("\n");
    expect(lines).toContain(
      String.raw`complete -c ballast -n '__ballast_after \'^cache$\'' -f -a ls -d 'List what\'s there'`,
    );
    expect(lines).toContain(
      String.raw`complete -c ballast -n '__ballast_after \'^cache stats( |$)\'' -l kind -x -a 'test vet' -d 'Which.'`,
    );
  });
});
