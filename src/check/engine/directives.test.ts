import { describe, expect, test } from "bun:test";

import type { FileKind } from "../area.ts";
import type { Finding } from "../finding.ts";
import { findDirectives } from "./directives.ts";
import { applySuppressions } from "./suppression.ts";

const shapes = (kind: FileKind, text: string): unknown[] =>
  findDirectives("x", kind, text).map(({ rules, reason, fromLine, toLine }) => [
    rules.join(),
    reason,
    fromLine,
    toLine,
  ]);

describe("directives", () => {
  test("are about their own line, or the next line of code", () => {
    const text = "a() //ballast:ignore go/x because\n// ballast: ignore go/x,go/y two words\n\n// a comment\nb()\n";
    expect(shapes("go", text)).toEqual([
      ["go/x", "because", 1, 1],
      ["go/x,go/y", "two words", 5, 5],
    ]);
  });

  test("without a rule, or without a reason", () => {
    expect(shapes("go", "//ballast:ignore\n//ballast:ignore go/x\n//ballast:ignore all of it\n")).toEqual([
      ["", "", 1, 1],
      ["go/x", "", 2, 2],
      ["", "", 3, 3],
    ]);
  });

  test("are not found in strings, runes, and block comments of Go", () => {
    const text = 'a("//ballast:ignore go/x y", `\n//ballast:ignore go/x y`, \'"\') /* \n//ballast:ignore go/x y */';
    expect(shapes("go", text)).toEqual([]);
    expect(shapes("go", "a('\"') //ballast:ignore go/x y")).toEqual([["go/x", "y", 1, 1]]);
  });

  test("in YAML, Groovy and Dockerfiles, with Windows' line ends too", () => {
    expect(shapes("pipeline", "a: b # ballast: ignore ci/x y z\r\nurl: a#ballast:ignore ci/x y\r\n")).toEqual([
      ["ci/x", "y z", 1, 1],
    ]);
    expect(shapes("groovy", "sh 'x' // ballast: ignore ci/x y")).toEqual([["ci/x", "y", 1, 1]]);
    expect(shapes("docker", "# ballast: ignore docker/x y\nRUN a \\\n  # note\n  && b \\\n  && c\nRUN d\n")).toEqual([
      ["docker/x", "y", 2, 5],
    ]);
  });
});

const finding = (rule: string, line: number): Finding => ({
  rule,
  category: "nil",
  path: "x",
  line,
  column: 1,
  endLine: line,
  endColumn: 2,
  severity: "error",
  confidence: "high",
  message: "m",
  why: "w",
  related: [],
});

describe("suppressing", () => {
  const apply = (text: string, findings: readonly Finding[], ran: readonly string[] = ["go/x", "go/y"]): string[] =>
    applySuppressions({
      findings,
      directives: findDirectives("x", "go", text),
      didRun: (rule) => ran.includes(rule),
      categoryOf: (rule) => (["go/x", "go/y"].includes(rule) ? "nil" : undefined),
      ruleIds: ["go/x", "go/y"],
    }).findings.map(({ rule, line }) => `${rule}:${line}`);

  test("takes out that rule on that line only", () => {
    const found = [finding("go/x", 1), finding("go/y", 1), finding("go/x", 2)];
    expect(apply("a //ballast:ignore go/x r\nb", found)).toEqual(["go/y:1", "go/x:2"]);
  });

  test("each rule of a list must have an effect, if it ran", () => {
    const text = "a //ballast:ignore go/x,go/y r";
    expect(apply(text, [finding("go/x", 1)])).toEqual(["check/suppression-without-effect:1"]);
    expect(apply(text, [finding("go/x", 1)], ["go/x"])).toEqual([]);
  });

  test("no reason, no effect, no rule: findings", () => {
    expect(apply("a //ballast:ignore go/x", [finding("go/x", 1)])).toEqual([
      "go/x:1",
      "check/suppression-without-reason:1",
    ]);
    expect(apply("a //ballast:ignore go/z r", [])).toEqual(["check/suppression-of-unknown-rule:1"]);
  });
});
