import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { evaluate } from "./evaluate.ts";
import { readRules } from "./read-rules.ts";
import type { Effects, FactValue, Rule, Vocabulary } from "./rule.ts";
import { matchesWildcard } from "./wildcard.ts";

const vocabulary: Vocabulary = {
  race: { kind: "switch", doc: "" },
  branch: { kind: "text", doc: "" },
  count: { kind: "number", doc: "" },
  tags: { kind: "words", doc: "" },
};

const effects: Effects = {
  mode: { doc: "", form: "a word", read: (value) => (typeof value === "string" ? value : undefined) },
  env: {
    doc: "",
    form: "a mapping",
    read: (value) =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, String(v)]))
        : undefined,
  },
};

function rulesOf(data: unknown): readonly Rule[] {
  const { rules, problems } = readRules(data, "rules", { vocabulary, effects });
  expect(problems).toEqual([]);
  return rules;
}

function decide(data: unknown, facts: Record<string, FactValue | undefined>): Record<string, string> {
  const { settings } = evaluate(rulesOf(data), (name) => facts[name], vocabulary);
  return Object.fromEntries(settings.map(({ key, value, rule }) => [key, `${value} by ${rule.name}`]));
}

describe("evaluating rules", () => {
  test("the first rule that applies decides, and enforced ones come first", () => {
    const rules = [
      { name: "a", when: { race: true }, set: { mode: "one" } },
      { name: "b", set: { mode: "two", env: { x: 1, y: 2 } } },
      { name: "c", when: { branch: "main" }, set: { env: { x: 3 } }, enforce: true },
    ];
    expect(decide(rules, { race: true, branch: "dev" })).toEqual({
      mode: "one by a",
      "env.x": "1 by b",
      "env.y": "2 by b",
    });
    expect(decide(rules, { race: false, branch: "main" })).toEqual({
      mode: "two by b",
      "env.x": "3 by c",
      "env.y": "2 by b",
    });
  });

  test("all of a mapping, any of a list, not, wildcards, words and numbers", () => {
    const holds = (when: unknown, facts: Record<string, FactValue | undefined>): boolean =>
      "mode" in decide([{ name: "r", when, set: { mode: "x" } }], facts);
    expect(holds({ race: true, branch: "release/*" }, { race: true, branch: "release/1/2" })).toBe(true);
    expect(holds({ race: true, branch: "release/*" }, { race: true, branch: "main" })).toBe(false);
    expect(holds({ branch: ["main", "dev"] }, { branch: "dev" })).toBe(true);
    expect(holds([{ race: true }, { branch: "main" }], { race: false, branch: "main" })).toBe(true);
    expect(holds({ not: { race: true, branch: "main" } }, { race: true, branch: "dev" })).toBe(true);
    expect(holds({ not: { race: true } }, { race: true })).toBe(false);
    expect(holds({ tags: "integration" }, { tags: ["unit", "integration"] })).toBe(true);
    expect(holds({ tags: "integration" }, { tags: [] })).toBe(false);
    expect(holds({ count: 2 }, { count: 2 })).toBe(true);
    expect(holds({ race: false }, {})).toBe(false);
    expect(holds({}, {})).toBe(true);
  });

  test("says why, asks for no fact that no rule mentions, and names those that lost", () => {
    const asked: string[] = [];
    const rules = rulesOf([
      { name: "a", when: { branch: "main" }, set: { mode: "one" } },
      { name: "b", when: { race: true }, set: { mode: "two" } },
      { name: "c", when: { race: true }, set: { mode: "three" } },
    ]);
    const decision = evaluate(rules, (name) => (asked.push(name), name === "race" ? true : "dev"), vocabulary);
    expect(decision.traces.map(({ because }) => because)).toEqual([
      'branch is "dev", not "main"',
      "race is true",
      "race is true",
    ]);
    expect(asked.toSorted()).toEqual(["branch", "race"]);
    expect(decision.settings[0]!.others.map(({ name }) => name)).toEqual(["c"]);
    expect(decision.facts).toEqual({ branch: "dev", race: true });
  });

  test("a rule that does not apply changes nothing, wherever it stands", () => {
    const rule = fc.record({
      race: fc.boolean(),
      mode: fc.constantFrom("one", "two", "three"),
      enforce: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), fc.boolean(), fc.nat(6), (list, race, at) => {
        const data = list.map((one, i): unknown => ({
          name: `r${i}`,
          when: { race: one.race },
          set: { mode: one.mode },
          enforce: one.enforce,
        }));
        const idle = { name: "idle", when: { race: !race }, set: { mode: "idle", env: { a: 1 } }, enforce: true };
        expect(decide(data.toSpliced(at, 0, idle), { race })).toEqual(decide(data, { race }));
      }),
    );
  });
});

describe("reading rules", () => {
  test("every mistake is reported with its place", () => {
    const { rules, problems } = readRules(
      [
        { name: "ok", set: { mode: "x" } },
        { name: "ok", set: { mode: "x" } },
        { set: { mode: "x" } },
        { name: "a", when: { rce: true }, set: { mode: "x" } },
        { name: "b", when: { race: "yes" }, set: { mode: 3 }, enforce: "no" },
        { name: "c", set: { mod: "x" }, wen: {} },
        { name: "d" },
        "text",
        { name: "e", when: 3, set: { mode: "x" } },
      ],
      "build.rules",
      { vocabulary, effects },
    );
    expect(rules.map(({ name }) => name)).toEqual(["ok", "ok", "c"]);
    expect(problems.map(({ name }) => name.replace("ballast.yaml: build.rules", "")).toSorted()).toEqual(
      [
        "[1].name",
        "[2].name",
        "[3].when.rce",
        "[4].enforce",
        "[4].set.mode",
        "[4].when.race",
        "[5].set.mod",
        "[5].wen",
        "[6].set",
        "[7]",
        "[8].when",
      ].toSorted(),
    );
    expect(problems.find(({ name }) => name.endsWith("rce"))?.what).toContain("did you mean race");
  });

  test("what is too long, too deep or too many is refused and not evaluated", () => {
    const problemsOf = (data: unknown): number => readRules(data, "r", { vocabulary, effects }).problems.length;
    let deep: unknown = { race: true };
    for (let i = 0; i < 50; i++) deep = { not: deep };
    expect(problemsOf([{ name: "a", when: deep, set: { mode: "x" } }])).toBe(1);
    expect(
      problemsOf([{ name: "a", when: { branch: Array.from({ length: 500 }, () => "x") }, set: { mode: "x" } }]),
    ).toBe(1);
    expect(problemsOf(Array.from({ length: 201 }, (_, i) => ({ name: `r${i}`, set: { mode: "x" } })))).toBe(1);
    expect(problemsOf({ name: "a" })).toBe(1);
    expect(problemsOf(undefined)).toBe(0);
  });

  test("whatever YAML holds, it answers with rules and problems", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4, withNullPrototype: false }), (data) => {
        const { rules, problems } = readRules([{ name: "a", when: data, set: data }, data], "r", {
          vocabulary,
          effects,
        });
        expect(
          Array.isArray(rules) && problems.every(({ name, what, fix }) => name !== "" && what !== "" && fix !== ""),
        ).toBe(true);
      }),
    );
  });
});

test("wildcards", () => {
  expect(["*", "a*", "*c", "a*c", "abc", "a**c", "*b*"].every((pattern) => matchesWildcard(pattern, "abc"))).toBe(true);
  expect(["", "a", "b*", "*b", "abcd", "a*d"].some((pattern) => matchesWildcard(pattern, "abc"))).toBe(false);
  expect(matchesWildcard("*a".repeat(50), "a".repeat(5000) + "b")).toBe(false);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`);
      expect(matchesWildcard(pattern, subject.replaceAll("*", "c"))).toBe(
        expression.test(subject.replaceAll("*", "c")),
      );
    }),
  );
});
