import { expect, test } from "bun:test";

import { defineCommand } from "./command.ts";
import { commandGroups } from "./command-groups.ts";
import { commandIndex } from "./generated/commands.ts";
import { commandHelp, flagDoc, flagUsage, programHelp } from "./help-text.ts";

const command = defineCommand({
  path: ["cache", "gc"],
  summary: "Remove what was not used for long",
  details: "A first paragraph that is long enough to be wrapped at the width.\n\n  indented   sample",
  positionals: "[FOLDER]",
  flags: {
    maxAge: { type: "duration", doc: "How old.", default: 432_000_000 },
    kind: { type: "choice", doc: "Which.", choices: ["test", "vet"], multiple: true },
    colour: { type: "boolean", doc: "Colours.", default: true },
    aVeryLongFlagNameThatIsTooLong: { type: "string", doc: "Long.", short: "l" },
  },
  examples: [{ line: "ballast cache gc", remark: "By hand." }],
  run: () => Promise.resolve(0),
});

test("a command's help", () => {
  expect(commandHelp(command, 60)).toBe(`Usage: ballast cache gc [flags] [FOLDER]

Remove what was not used for long.

A first paragraph that is long enough to be wrapped at the
width.

  indented   sample

Flags:
      --max-age DURATION        How old. Default: 5d.
      --kind CHOICE             Which. One of test, vet. May
                                be repeated.
      --no-colour               Colours. Default: true.
  -l, --a-very-long-flag-name-that-is-too-long TEXT
                                Long.
  -h, --help                    Show this help.

Examples:
  ballast cache gc
      By hand.
`);
});

test("the program's help lists each command once", () => {
  const help = programHelp([command, { path: ["version"], summary: "print it" }], 80);
  expect(help).toContain("  cache gc  Remove what was not used for long\n  version   Print it\n");
});

test("commands with a common first word share a line, and each such group says what it is about", () => {
  const help = programHelp([command, { path: ["cache", "ls"], summary: "list" }], 200);
  expect(help).toMatch(/^ {2}cache … {2}.+: gc, ls$/m);
  const groups = Map.groupBy(commandIndex, ({ path }) => path[0] ?? "");
  const several = [...groups].filter(([, members]) => members.length > 1).map(([name]) => name);
  expect(Object.keys(commandGroups).toSorted()).toEqual(several.toSorted());
});

test("that a switch is off unless it is given need not be said", () => {
  expect(flagDoc({ type: "boolean", doc: "On.", defaultText: "false" })).toBe("On.");
  expect(flagDoc({ type: "boolean", doc: "On.", defaultText: "true" })).toBe("On. Default: true.");
});

test("flags as they are written", () => {
  expect(flagUsage("listen", { type: "string", doc: "", valueName: "HOST:PORT" })).toBe("--listen HOST:PORT");
  expect(flagUsage("json", { type: "boolean", doc: "" })).toBe("--json");
});
