import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type GroovyStatement, groovyLimits, readGroovy, stringIn, stringsIn } from "./groovy-blocks.ts";

function outline(statements: readonly GroovyStatement[]): unknown {
  return statements.map(({ head, block }) => (block === undefined ? head : [head, outline(block)]));
}

describe("the reader of Jenkinsfiles", () => {
  test("sees blocks in blocks, and no brace in strings and comments", () => {
    const text = `@Library('x') _\npipeline { // {\n  agent any /* { */\n  stages {\n    stage('A') { steps { sh "}{\${X}"; echo '' } }\n  }\n}\n`;
    expect(outline(readGroovy(text).statements)).toEqual([
      "@Library('x') _",
      ["pipeline", ["agent any /* { */", ["stages", [["stage('A')", [["steps", [`sh "}{\${X}"`, "echo ''"]]]]]]]],
    ]);
  });

  test("leaves closures among arguments alone", () => {
    const { statements, problem } = readGroovy(
      "parallel(a: { sh 'x' }, b: { sh 'y' })\nnode('l') {\n  sh '''\n  }\n'''\n}\n",
    );
    expect(problem).toBeUndefined();
    expect(outline(statements)).toEqual([
      "parallel(a: { sh 'x' }, b: { sh 'y' })",
      ["node('l')", ["sh '''\n  }\n'''"]],
    ]);
  });

  test("finds strings with their places", () => {
    const head = `sh(label: "it's", script: 'go test \\'./...\\'')`;
    expect(stringIn(head)?.text).toBe("it's");
    expect(stringIn(head, "script")).toEqual({
      text: "go test './...'",
      isInterpolated: false,
      start: head.indexOf("go test"),
    });
    expect(stringsIn(`withEnv(["A=1", 'B=2'])`)).toEqual(["A=1", "B=2"]);
    expect(stringIn("agent any")).toBeUndefined();
  });

  test("says where it lost its way", () => {
    expect(readGroovy("a {\n  b {\n").problem).toBe(6);
    expect(readGroovy("a }\n").problem).toBe(2);
    expect(readGroovy("a {".repeat(100_000)).problem).toBeDefined();
    expect(readGroovy("a\n".repeat(groovyLimits.statements + 10)).problem).toBeDefined();
    expect(readGroovy("x".repeat(groovyLimits.textChars + 1)).problem).toBe(0);
  });

  test("ends for any text", () => {
    const piece = fc.constantFrom("{", "}", "(", ")", "'", '"', "'''", "//", "/*", "\n", ";", "\\", "stage('x') ");
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        for (const { start, end } of readGroovy(text).statements) expect(start <= end && end <= text.length).toBe(true);
        expect(stringsIn(text).length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
