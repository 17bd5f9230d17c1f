import { expect, test } from "bun:test";

import { isJsonAsked } from "./run-command.ts";

test("--json counts where the command's own flags are, also among words that cannot be parsed", () => {
  expect(isJsonAsked({}, ["--nope", "a", "--json"])).toBe(true);
  expect(isJsonAsked({}, ["a", "--", "--json"])).toBe(false);
  expect(isJsonAsked({ passThrough: true }, ["--json", "test"])).toBe(true);
  expect(isJsonAsked({ passThrough: true }, ["test", "--json"])).toBe(false);
});
