import { expect, test } from "bun:test";

import { coreErrors } from "../core/core-errors.ts";
import { describeFailure, failureJson, failureText } from "./error-output.ts";

test("a failure of the table: what happened, why, what to do", () => {
  const failure = describeFailure(coreErrors.error("core/flag-unknown", "--jsn"));
  expect(failure.exit).toBe(2);
  expect(failureText(failure)).toBe(`ballast: there is no such flag: --jsn
  why: Flags are strict: a misspelt one that passed unnoticed would leave a default in force.
  fix: Correct the name; \`--help\` after the command lists its flags.
  code: core/flag-unknown
`);
  expect(JSON.parse(failureJson(failure))).toMatchObject({ error: { code: "core/flag-unknown", detail: "--jsn" } });
});

test("anything else is a bug and keeps its stack and its causes", () => {
  const failure = describeFailure(new TypeError("x is undefined", { cause: { status: 5 } }));
  expect(failure).toMatchObject({ code: "cli/bug", exit: 70, detail: "TypeError: x is undefined" });
  expect(failureText(failure)).toMatch(
    /error-output\.test\.ts[^]*caused by \{\n {2}status: 5,\n\}\nballast: this is a bug/,
  );
  expect(failureJson(failure).split("\n")).toHaveLength(2);
  expect(describeFailure("text").detail).toBe("text");
});
