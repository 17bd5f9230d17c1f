import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { BallastError } from "./errors.ts";
import { flagName, parseFlags } from "./flags.ts";
import type { FlagSpecs } from "./flags.ts";

const specs = {
  json: { type: "boolean", doc: "As JSON." },
  color: { type: "boolean", doc: "Colours.", default: true },
  output: { type: "string", doc: "A file.", short: "o" },
  maxJobs: { type: "number", doc: "How many.", default: 4, min: 1, max: 64, integer: true },
  offset: { type: "number", doc: "May be negative." },
  wait: { type: "duration", doc: "How long.", default: 2000 },
  limit: { type: "size", doc: "How much." },
  mode: { type: "choice", doc: "How.", choices: ["read-write", "read-only"] },
  tag: { type: "string", doc: "Any number.", multiple: true },
} as const satisfies FlagSpecs;

function refusal(argv: readonly string[]): { code: string; detail: string } {
  try {
    parseFlags(specs, argv);
  } catch (cause) {
    if (cause instanceof BallastError) return { code: cause.code, detail: cause.message };
    throw cause;
  }
  throw new Error(`not refused: ${argv.join(" ")}`);
}

describe("what is accepted", () => {
  test("defaults, and undefined or an empty list without one", () => {
    const { values, positionals } = parseFlags(specs, []);
    expect(values).toEqual({
      json: undefined,
      color: true,
      output: undefined,
      maxJobs: 4,
      offset: undefined,
      wait: 2000,
      limit: undefined,
      mode: undefined,
      tag: [],
    });
    expect(positionals).toEqual([]);
  });

  test("both forms of a value, short names, negation, repetition", () => {
    const argv = ["--json", "-o", "a.txt", "--max-jobs=8", "--wait", "1m30s", "--limit=10GiB", "--no-color"];
    const { values } = parseFlags(specs, [...argv, "--mode", "read-only", "--tag", "a", "--tag=b", "--offset", "-2.5"]);
    expect(values).toEqual({
      json: true,
      color: false,
      output: "a.txt",
      maxJobs: 8,
      offset: -2.5,
      wait: 90_000,
      limit: 10 * 1024 ** 3,
      mode: "read-only",
      tag: ["a", "b"],
    });
  });

  test("the types of the values follow from the specs", () => {
    const { values } = parseFlags(specs, []);
    const jobs: number = values.maxJobs;
    const mode: "read-write" | "read-only" | undefined = values.mode;
    const tags: readonly string[] = values.tag;
    // @ts-expect-error a flag without a default may be absent
    const limit: number = values.limit;
    expect([jobs, mode, tags.length, limit]).toEqual([4, undefined, 0, undefined as unknown as number]);
  });

  test("a value may hold an equals sign, begin with a dash after `=`, or be a single dash", () => {
    expect(parseFlags(specs, ["--output=-x=y"]).values.output).toBe("-x=y");
    expect(parseFlags(specs, ["--output", "-"]).values.output).toBe("-");
    expect(parseFlags(specs, ["--json=false"]).values.json).toBe(false);
  });

  test("flags and positionals mix until `--`", () => {
    const { values, positionals } = parseFlags(specs, ["a", "--json", "b", "--", "--mode", "-"]);
    expect(values.json).toBe(true);
    expect(positionals).toEqual(["a", "b", "--mode", "-"]);
  });

  test("with passThrough the first positional and all after it are untouched", () => {
    const parsed = parseFlags(specs, ["--json", "build", "--nope", "--", "-o=", "--json"], { passThrough: true });
    expect(parsed.values.json).toBe(true);
    expect(parsed.positionals).toEqual(["build", "--nope", "--", "-o=", "--json"]);
    expect(parseFlags(specs, ["--", "-v", "build"], { passThrough: true }).positionals).toEqual(["-v", "build"]);
  });
});

test("what is refused, and how it is told", () => {
  const cases: readonly (readonly [argv: readonly string[], code: string, detail: string])[] = [
    [["--jsn"], "core/flag-unknown", "--jsn (did you mean --json?)"],
    [["--maxJobs", "3"], "core/flag-unknown", "--maxJobs (did you mean --max-jobs?)"],
    [["--__proto__"], "core/flag-unknown", "--__proto__"],
    [["-x"], "core/flag-unknown", "-x"],
    [["-json"], "core/flag-unknown", "-json (did you mean --json?)"],
    [["--no-output"], "core/flag-unknown", "--no-output (did you mean --output?)"],
    [["--output="], "core/flag-value-empty", '--output is followed by nothing after "="'],
    [["--json="], "core/flag-value-empty", '--json is followed by nothing after "="'],
    [["--output", ""], "core/flag-value-empty", "--output is followed by an empty word"],
    [["--output"], "core/flag-value-missing", "--output needs a value, but nothing follows it"],
    [["--output", "--json"], "core/flag-value-missing", "--output needs a value, but --json follows it"],
    [["--output", "--"], "core/flag-value-missing", "--output needs a value, but -- follows it"],
    [["--json=1"], "core/flag-value-invalid", '--json takes true or false, not "1"'],
    [["--no-json=true"], "core/flag-value-invalid", '--no-json takes no value, not "true"'],
    [["--max-jobs", "0"], "core/flag-value-invalid", '--max-jobs needs a whole number from 1 to 64, not "0"'],
    [["--max-jobs", "1.5"], "core/flag-value-invalid", '--max-jobs needs a whole number from 1 to 64, not "1.5"'],
    [["--offset", "1e9"], "core/flag-value-invalid", '--offset needs a number, not "1e9"'],
    [["--wait", "5"], "core/flag-value-invalid", '--wait needs a duration such as 500ms, 2s or 10m, not "5"'],
    [["--limit", "5G"], "core/flag-value-invalid", '--limit needs a size such as 512MB or 10GiB, not "5G"'],
    [
      ["--mode", "readonly"],
      "core/flag-value-invalid",
      '--mode needs one of read-write, read-only, not "readonly" (did you mean read-only?)',
    ],
    [["--output", "a", "-o", "b"], "core/flag-repeated", "-o"],
    [["--json", "--no-json"], "core/flag-repeated", "--no-json"],
  ];
  for (const [argv, code, detail] of cases) expect([argv, refusal(argv)]).toEqual([argv, { code, detail }]);
});

test("a flag whose own name begins with no- is not taken for a negation", () => {
  const own: FlagSpecs = { noCache: { type: "string", doc: "" }, cache: { type: "boolean", doc: "" } };
  expect(parseFlags(own, ["--no-cache", "x"]).values).toEqual({ noCache: "x", cache: undefined });
});

describe("laws", () => {
  const text = fc.string({ minLength: 1, maxLength: 12 });

  test("what was given comes out, whatever it is and however it is mixed with positionals", () => {
    const words = fc.array(
      text.filter((word) => !word.startsWith("-")),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(text, fc.array(text), words, fc.array(text), (output, tags, before, after) => {
        const flags = [`--output=${output}`, ...tags.map((tag) => `--tag=${tag}`)];
        const { values, positionals } = parseFlags(specs, [...before, ...flags, "--", ...after]);
        expect(values.output).toBe(output);
        expect(values.tag).toEqual(tags);
        expect(positionals).toEqual([...before, ...after]);
      }),
    );
  });

  test("any words are either parsed or refused with a code of the table, never anything else", () => {
    const names = Object.entries(specs).map(([key, spec]) => `--${flagName(key, spec)}`);
    const word = fc.oneof(fc.constantFrom(...names, "--", "-", "-o", "--no-color", "=", "--="), text);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          parseFlags(specs, argv);
        } catch (cause) {
          if (!(cause instanceof BallastError)) throw cause;
          expect(cause.spec.exit).toBe(2);
        }
      }),
    );
  });
});

describe("a choice that may stand without its value", () => {
  const fixSpecs = { fix: { type: "choice", choices: ["safe", "unsafe"], bare: "safe", doc: "" } } as const;

  test("takes its value only after =, and never the next word", () => {
    expect(parseFlags(fixSpecs, ["--fix", "unsafe"])).toEqual({ values: { fix: "safe" }, positionals: ["unsafe"] });
    expect(parseFlags(fixSpecs, ["--fix=unsafe"]).values).toEqual({ fix: "unsafe" });
    expect(parseFlags(fixSpecs, []).values).toEqual({ fix: undefined });
    expect(() => parseFlags(fixSpecs, ["--fix=x"])).toThrow("one of safe, unsafe");
    expect(() => parseFlags(fixSpecs, ["--fix", "--fix"])).toThrow("--fix");
  });
});
