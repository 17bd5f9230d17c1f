import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { scriptLimits, splitScript } from "./split-script.ts";

function words(script: string): string[][] {
  return splitScript(script).map((command) => command.words.map((word) => word.text));
}

describe("splitScript", () => {
  test("cuts at line ends and operators, and takes quotes away", () => {
    expect(words("go build ./... && go test -run 'A B' \"./x y\"; go vet | tee log # end\ngo\tlist")).toEqual([
      ["go", "build", "./..."],
      ["go", "test", "-run", "A B", "./x y"],
      ["go", "vet"],
      ["tee", "log"],
      ["go", "list"],
    ]);
  });

  test("joins continued lines and leaves expressions whole", () => {
    expect(words("go test \\\n  -race ${{ matrix.a == 'x y' }} $(go list ./... | grep -v x)")).toEqual([
      ["go", "list", "./..."],
      ["grep", "-v", "x"],
      ["go", "test", "-race", "${{ matrix.a == 'x y' }}", "$(go list ./... | grep -v x)"],
    ]);
  });

  test("tells assignments, redirects and here documents from words", () => {
    const [first, second] = splitScript('A=1 B="x y" go test ./... >> "$GITHUB_ENV" 2>&1\ncat <<EOF\ngo build\nEOF\n');
    expect(first?.assignments).toEqual([
      { name: "A", value: "1" },
      { name: "B", value: "x y" },
    ]);
    expect(first?.redirects).toContainEqual({ operator: ">>", target: "$GITHUB_ENV" });
    expect(second?.words.map((word) => word.text)).toEqual(["cat"]);
    expect(splitScript("cat <<EOF\ngo build\nEOF\n")).toHaveLength(1);
  });

  test("marks what runs only in some cases", () => {
    const found = splitScript("if test -n x; then\n go vet\nfi\ngo build || go clean\ngo test && go run .");
    const conditional = found.filter((command) => command.isConditional).map((command) => command.words[1]?.text);
    expect(conditional).toEqual(["-n", "vet", "clean"]);
  });

  test("places are those of the script", () => {
    const script = "set -e\n  X=1 go  build $(go env GOCACHE)";
    for (const command of splitScript(script)) {
      for (const word of command.words) expect(script.slice(word.start, word.end)).toContain(word.text);
    }
  });

  test("ends for any text, with places inside it", () => {
    const piece = fc.constantFrom(
      "$(",
      ")",
      "`",
      "'",
      '"',
      "\\",
      "\n",
      "<<E",
      "E\n",
      "go ",
      "if ",
      "${{",
      "}}",
      ";",
      "&",
      "#",
      ">",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        const script = pieces.join("");
        const found = splitScript(script);
        expect(found.length).toBeLessThanOrEqual(scriptLimits.commands + script.length);
        for (const { start, end } of found) expect(start >= 0 && end <= script.length && start <= end).toBe(true);
      }),
    );
  });
});
