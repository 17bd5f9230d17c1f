import { describe, expect, test } from "bun:test";

import { commandsUnder, findCommand } from "./command-index.ts";

const index = [["go"], ["cache", "stats"], ["cache", "ls"], ["help"]].map((path) => ({ path }));

function refusal(...words: readonly string[]): string {
  try {
    findCommand(index, words);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
  return "found";
}

describe("finding", () => {
  test("the longest name that the words begin with, and the rest", () => {
    expect(findCommand(index, ["cache", "ls", "a", "--json"])).toEqual({
      entry: { path: ["cache", "ls"] },
      rest: ["a", "--json"],
    });
    expect(findCommand(index, ["go", "help"]).rest).toEqual(["help"]);
  });

  test("what is near is proposed, word by word", () => {
    expect(refusal("hepl")).toBe("hepl (did you mean ballast help?)");
    expect(refusal("banana")).toBe("banana");
    expect(refusal("cache", "stat")).toBe("cache stat (did you mean ballast cache stats?)");
    expect(refusal("cache")).toBe("cache: one of stats, ls");
    expect(refusal("cache", "--json")).toBe("cache: one of stats, ls");
  });

  test("a group", () => {
    expect(commandsUnder(index, ["cache"]).map(({ path }) => path[1])).toEqual(["stats", "ls"]);
    expect(commandsUnder(index, [])).toHaveLength(4);
  });
});
