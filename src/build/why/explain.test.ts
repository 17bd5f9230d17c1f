import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readActionGraph } from "./action-graph.ts";
import { compareInputs } from "./causes.ts";
import { explainMisses } from "./explain.ts";
import { actionIdOf, readHashInputs } from "../../go/hash-inputs.ts";
import type { ActionRecord, RunRecord } from "./run-record.ts";

const base = [
  "go1.26.8",
  "compile",
  "dir /src/a",
  "goos linux goarch amd64",
  'import "x/a"',
  "compile compile version go1.26.8 [] []",
  "GOAMD64=v1",
  "file a.go AAAA",
  "import fmt FFFF",
];

/** `base` with one line replaced, left out or added. */
function changed(from: string, to?: string): string[] {
  return base.flatMap((line) => (line === from ? (to ?? []) : line));
}

const causeOf = (after: readonly string[]): string[] =>
  compareInputs(base, after).own.map(({ kind, what }) => `${kind}: ${what}`);

describe("what changed between inputs", () => {
  test("each kind of line has its cause", () => {
    expect(causeOf(base)).toEqual([]);
    expect(causeOf(changed("file a.go AAAA", "file a.go BBBB"))).toEqual(["source: a.go"]);
    expect(causeOf(changed("file a.go AAAA"))).toEqual(["source: a.go is gone"]);
    expect(causeOf([...base, "file b.go CCCC"])).toEqual(["source: b.go is new"]);
    expect(causeOf(changed("GOAMD64=v1", "GOAMD64=v3"))).toEqual(["environment: GOAMD64: v1 → v3"]);
    expect(causeOf([...base, 'CGO_CFLAGS=["-DKEY=s3cret"]'])).toEqual(["environment: CGO_CFLAGS"]);
    expect(causeOf(changed("dir /src/a", "dir /other/src/a"))).toEqual(["directory: / → /other"]);
    expect(causeOf(changed("dir /src/a"))).toEqual(["flag: -trimpath"]);
    expect(
      causeOf(changed("compile compile version go1.26.8 [] []", 'compile compile version go1.26.8 [] ["-N"]')),
    ).toEqual(["flag: -N is new"]);
  });

  test("another toolchain is one cause, whatever lines name it", () => {
    const after = base.map((line) => line.replaceAll("go1.26.8", "go1.27.4"));
    expect(causeOf(after)).toEqual(["compiler: go1.26.8 → go1.27.4"]);
  });

  test("an import is no cause of its own, but a dependency", () => {
    expect(compareInputs(base, changed("import fmt FFFF", "import fmt GGGG"))).toEqual({
      own: [],
      dependencies: ["fmt"],
    });
  });

  test("what -X sets is not shown", () => {
    const before = ["link link version go1.26.8 [] exe", 'linkflags ["-X" "main.token=old"]'];
    const [cause] = compareInputs(before, [before[0]!, 'linkflags ["-X" "main.token=s3cret"]']).own;
    expect(cause?.kind).toBe("flag");
    expect(cause?.what).not.toContain("s3cret");
  });
});

function action(
  path: string,
  imports: readonly string[],
  contents: Readonly<Record<string, string>>,
  source: string,
  hasRun: boolean,
): ActionRecord {
  const inputs = [
    "go1.26.8",
    "compile",
    `dir /src/${path}`,
    `file ${path}.go ${source}`,
    ...imports.map((name) => `import ${name} ${contents[name]}`),
  ];
  return {
    kind: "build",
    package: path,
    actionId: Bun.hash(inputs.join("\n")).toString(36),
    contentId: contents[path] ?? "",
    ranMs: hasRun ? 10 : undefined,
    inputs,
  };
}

function run(actions: readonly ActionRecord[]): RunRecord {
  return { version: 1, timeMs: 1, args: ["build"], cwd: "/", exitCode: 0, wallMs: 1, actions, tests: [] };
}

describe("why packages missed", () => {
  test("in any graph of imports, whatever missed for one changed file is traced to it by imports", () => {
    const size = 8;
    const graph = fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size });
    fc.assert(
      fc.property(graph, fc.nat(size - 1), (edges, culprit) => {
        const name = (i: number): string => `p${i}`;
        const importsOf = (i: number): number[] => [...new Set(edges[i]!.filter((to) => to < i))];
        const reaches = (i: number): boolean => i === culprit || importsOf(i).some(reaches);
        const indexes = Array.from({ length: size }, (_, i) => i);
        const before = Object.fromEntries(indexes.map((i) => [name(i), "old"]));
        const after = Object.fromEntries(indexes.map((i) => [name(i), reaches(i) ? "new" : "old"]));
        const make = (contents: Record<string, string>, isLater: boolean): ActionRecord[] =>
          indexes.map((i) =>
            action(
              name(i),
              importsOf(i).map(name),
              contents,
              isLater && i === culprit ? "CHANGED" : "SAME",
              isLater && reaches(i),
            ),
          );
        const { misses, roots } = explainMisses(run(make(before, false)), run(make(after, true)));
        expect(misses.map((miss) => miss.package).toSorted()).toEqual(indexes.filter(reaches).map(name).toSorted());
        for (const { chain, causes } of misses) {
          expect(chain[0]).toBe(name(culprit));
          expect(causes).toEqual([{ kind: "source", what: `p${culprit}.go` }]);
          for (const [at, path] of chain.entries()) {
            if (at > 0) expect(importsOf(Number(path.slice(1))).map(name)).toContain(chain[at - 1]!);
          }
        }
        expect(roots).toHaveLength(1);
        expect(roots[0]!.ranMs).toBe(misses.length * 10);
      }),
    );
  });

  test("where inputs were not recorded it says so", () => {
    const [is] = [action("a", [], {}, "NEW", true)];
    const was = { ...action("a", [], {}, "OLD", false), inputs: [] };
    expect(explainMisses(run([was]), run([is])).misses[0]?.causes[0]?.kind).toBe("not recorded");
  });

  test("a link that is made again from the same inputs is no miss", () => {
    const link: ActionRecord = { ...action("main", [], {}, "X", true), kind: "link" };
    expect(explainMisses(run([link]), run([link])).misses).toEqual([]);
  });
});

describe("reading what go wrote", () => {
  test("ids of inputs are those of the graph", () => {
    expect(actionIdOf("852c0558535890fe78b7e0085d0fe65e6e01b5038e3361b55d5e7f9b34ec6eb0")).toBe("hSwFWFNYkP54t-AIXQ_m");
  });

  test("inputs by id, also when two packages are printed at once, and a test's words", () => {
    const text = [
      "HASH[build a]",
      "HASH[build b [b.test]]",
      'HASH[build a]: "go1.26.8"',
      'HASH[build b [b.test]]: "compile\\n"',
      'HASH[build a]: "file x \\"q\\" H\\n"',
      `HASH[build a]: ${"0".repeat(64)}`,
      `HASH[build b [b.test]]: ${"f".repeat(64)}`,
      "HASH[testResult]",
      'HASH[testResult]: "test binary abc args [\\"-test.run=X\\"] execcmd []"',
      "some other line",
    ].join("\n");
    const { byAction, testWords } = readHashInputs(text);
    expect(byAction.get(actionIdOf("0".repeat(64)))).toEqual(["go1.26.8", 'file x "q" H']);
    expect(byAction.get(actionIdOf("f".repeat(64)))).toEqual(["compile"]);
    expect(testWords).toBe('args ["-test.run=X"] execcmd []');
  });

  test("whatever the text is, it answers", () => {
    expect(readActionGraph("[{")).toEqual([]);
    expect(readActionGraph("null")).toEqual([]);
    expect(readActionGraph('[null, 3, {"Mode":"build"}]')).toEqual([]);
    const line = fc.constantFrom(
      "HASH[build a]",
      'HASH[build a]: "x',
      "HASH[build",
      `HASH[link b]: ${"a".repeat(64)}`,
      'HASH[testResult]: "test binary"',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }),
        (lines) => readHashInputs(lines.join("\n")).byAction.size >= 0,
      ),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => Array.isArray(readActionGraph(JSON.stringify(value)))));
  });
});
