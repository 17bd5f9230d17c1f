import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { flagText, isSwitchOn, parseGoCommand, parseGoflags } from "./command-line.ts";

const flagsOf = (line: string): string[] =>
  parseGoCommand(line.split(" ")).flags.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));

describe("go's command line", () => {
  test("verb, flags and packages", () => {
    expect(parseGoCommand(["build", "-race", "-o", "out", "--tags=a,b", "./...", "-x"])).toEqual({
      verb: "build",
      flagsAt: 1,
      directory: undefined,
      flags: [
        { name: "race", value: undefined, at: 1, words: 1 },
        { name: "o", value: "out", at: 2, words: 2 },
        { name: "tags", value: "a,b", at: 4, words: 1 },
      ],
      packages: ["./...", "-x"],
      programAt: 7,
    });
    expect(parseGoCommand([])).toMatchObject({ verb: "", flags: [], packages: [] });
    expect(parseGoCommand(["version"])).toMatchObject({ verb: "version", flagsAt: 1, programAt: 1 });
  });

  test("-C, in front of the verb or behind it", () => {
    for (const words of [
      ["-C", "dir", "build"],
      ["build", "-C", "dir"],
    ]) {
      expect(parseGoCommand([...words, "-race", "."])).toMatchObject({
        verb: "build",
        directory: "dir",
        flagsAt: 3,
        packages: ["."],
      });
    }
    expect(parseGoCommand(["test", "-C=dir", "."])).toMatchObject({ directory: "dir", flagsAt: 2, packages: ["."] });
  });

  test("go test takes flags behind packages, and leaves the test's own words alone", () => {
    expect(flagsOf("test ./... -race -count 1 -args -race=false -x")).toEqual(["race", "count=1"]);
    expect(parseGoCommand("test ./a -v ./b".split(" ")).packages).toEqual(["./a", "./b"]);
    expect(parseGoCommand("test ./a -mine x ./b".split(" "))).toMatchObject({ packages: ["./a"] });
    expect(flagsOf("test -test.run=A -test.count 2")).toEqual(["run=A", "count=2"]);
    expect(parseGoCommand("test ./a -args b".split(" ")).programAt).toBe(2);
  });

  test("go run's program has its own words", () => {
    expect(parseGoCommand("run -race . -race=false".split(" "))).toMatchObject({ packages: ["."], programAt: 3 });
    expect(parseGoCommand("run a.go b.go c".split(" "))).toMatchObject({ packages: ["a.go", "b.go"], programAt: 3 });
  });

  test("the last one counts, and the command line before GOFLAGS", () => {
    const goflags = parseGoflags("-race '-ldflags=-s -w' -count=2");
    const line = parseGoCommand(["test", "-count=3", "-count", "4"]);
    expect(flagText("count", line, goflags)).toBe("4");
    expect(flagText("ldflags", line, goflags)).toBe("-s -w");
    expect(flagText("race", line, goflags)).toBe("");
    expect(flagText("cover", line, goflags)).toBeUndefined();
    expect([undefined, "", "true", "T", "1", "false", "0", "x"].map(isSwitchOn)).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test("whatever the words are, each flag lies where it says, before the program's words", () => {
    const word = fc.oneof(
      fc.constantFrom("-race", "-o", "-C", "--", "-args", "test", "run", ".", "-", "--run=x", ""),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (words) => {
        const { flags, flagsAt, programAt } = parseGoCommand(words);
        expect(flagsAt).toBeLessThanOrEqual(words.length);
        for (const { at, words: taken } of flags) {
          expect(at).toBeGreaterThanOrEqual(flagsAt);
          expect(at + taken).toBeLessThanOrEqual(programAt);
          expect(words[at]).toStartWith("-");
        }
      }),
    );
  });
});
