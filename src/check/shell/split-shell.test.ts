import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { splitShell } from "./split-shell.ts";

function words(source: string): string[][] {
  return splitShell(source).commands.map((command) => command.words.map((word) => word.text));
}

describe("a script's commands", () => {
  test("operators, line ends, quotes and continuations", () => {
    expect(words(`cd /src && go build -o "/out dir/app" ./... || exit 1; echo 'a b'\\\n c | cat`)).toEqual([
      ["cd", "/src"],
      ["go", "build", "-o", "/out dir/app", "./..."],
      ["exit", "1"],
      ["echo", "a b", "c"],
      ["cat"],
    ]);
  });

  test("control flow is flattened and comments are left out", () => {
    const source = "set -e # stop\nif [ -f x ]; then\n  go test ./...\nelse\n  go vet ./...\nfi\n";
    expect(words(source)).toEqual([
      ["set", "-e"],
      ["[", "-f", "x", "]"],
      ["go", "test", "./..."],
      ["go", "vet", "./..."],
    ]);
  });

  test("substitutions are commands of their own, one level down", () => {
    const { commands } = splitShell('go build -ldflags "-X main.date=$(date -u)" .');
    expect(commands.map(({ depth, words: own }) => [depth, own[0]?.text])).toEqual([
      [1, "date"],
      [0, "go"],
    ]);
    expect(commands[1]?.words[3]?.isExpanded).toBe(true);
  });

  test("settings, redirections and here-documents", () => {
    const { commands } = splitShell("A=1 B='x y' cat <<EOF >/root/.netrc\nmachine x\nEOF\necho done 2>&1");
    expect(commands[0]?.assignments.map(({ name, value }) => [name, value])).toEqual([
      ["A", "1"],
      ["B", "x y"],
    ]);
    expect(commands[0]?.redirections.map(({ operator, target }) => [operator, target])).toEqual([
      ["<<", "machine x\n"],
      [">", "/root/.netrc"],
    ]);
    expect(commands[1]?.words.map(({ text }) => text)).toEqual(["echo", "done"]);
  });

  test("expressions of a CI platform, here-strings and process substitutions", () => {
    expect(words("go test \\\n  -race ${{ matrix.a == 'x y' }} $(go list ./... | grep -v x)")).toEqual([
      ["go", "list", "./..."],
      ["grep", "-v", "x"],
      ["go", "test", "-race", "${{ matrix.a == 'x y' }}", "$(go list ./... | grep -v x)"],
    ]);
    expect(words('cat <<< "$A"\ngo vet')).toEqual([["cat"], ["go", "vet"]]);
    expect(words("diff <(go list) x")).toEqual([["diff"], ["go", "list"], ["x"]]);
  });

  test("what runs only in some cases", () => {
    const always = (source: string): string[] =>
      splitShell(source).commands.flatMap(({ isConditional, words: own }) =>
        isConditional ? [] : [own[1]?.text ?? ""],
      );
    const both = "if test -n x; then\n go vet\nfi\ngo build || go clean && go get\ngo test && go run .";
    expect(always(both)).toEqual(["build", "test", "run"]);
    expect(always("case $x in a|b) go vet;; *) (go build);; esac; { go test; }")).toEqual(["test"]);
    expect(
      always("up() { go get; }\nfunction down {\n go clean\n}; for x in a b; do go vet; done < f; go run ."),
    ).toEqual(["", "run"]);
  });

  test("what a loop, a choice or a function is about runs nothing", () => {
    expect(words("case $x in go) go vet;; esac; for go in a; do go build; done; go() { command go; }")).toEqual([
      ["go", "vet"],
      ["go", "build"],
      ["command", "go"],
    ]);
  });

  test("what is not closed is a problem, not a crash", () => {
    expect(splitShell('echo "abc').problem).toContain("not closed");
    expect(splitShell("$(".repeat(5_000)).problem).toBeDefined();
  });

  test("any text is split, and each word lies where it says", () => {
    const hostile = fc.string({ unit: fc.constantFrom(...Array.from("ab \n$(){}'\"`\\;&|<>=#")), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ maxLength: 200 })), fc.nat(1_000), (source, base) => {
        for (const { words: own } of splitShell(source, base).commands) {
          for (const { start, end, raw } of own) expect(source.slice(start - base, end - base)).toBe(raw);
        }
      }),
    );
  });
});
