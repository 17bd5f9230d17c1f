import { describe, expect, test } from "bun:test";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import fc from "fast-check";

import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { createStyle } from "../core/style.ts";
import type { Finding, Partial } from "./finding.ts";
import { categories, confidences, severities } from "./finding.ts";
import { fingerprintsOf } from "./fingerprint.ts";
import { renderReport } from "./render.ts";
import type { Report, ReportFormat } from "./report.ts";

const source = "package p\n\n\tcounter++ // é\nlast";
const lineText = (_path: string, line: number): string | undefined => source.split("\n")[line - 1];

const race: Finding = {
  rule: "go/unsynchronized-write",
  category: "data-race",
  path: "a b/p,q.go",
  line: 3,
  column: 2,
  endLine: 3,
  endColumn: 11,
  severity: "error",
  confidence: "medium",
  message: "counter is written,\n50% of the time",
  why: "Two goroutines <write> it.",
  related: [{ path: "p.go", line: 9, message: "written here too" }],
  fix: { title: "lock", safety: "unsafe", edits: [{ path: "a b/p,q.go", start: 12, end: 12, text: "mu.Lock()\n" }] },
};
const cut: Partial = { path: "broken.go", line: 4, reason: 'unexpected "{"' };

function reportOf(findings: readonly Finding[], partial: readonly Partial[] = []): Report {
  return {
    toolVersion: "1.2.3",
    findings,
    fingerprints: fingerprintsOf(findings, lineText),
    partial,
    summary: {
      findings: findings.length,
      errors: findings.length,
      warnings: 0,
      infos: 0,
      partial: partial.length,
      files: 3,
      suppressed: 0,
      baselined: 2,
      unchanged: 0,
      fixed: 0,
      fixable: 1,
    },
    rules: () =>
      Promise.resolve([
        {
          id: race.rule,
          title: "a write without a lock",
          category: "data-race",
          severity: "error",
          since: "0.1.0",
          byDefault: true,
          doc: "# page",
          helpUri: "https://ballast.example/rules/go/unsynchronized-write",
        },
      ]),
    lineText,
  };
}

const plain = createStyle({ isTTY: false }, {});
const render = (report: Report, format: ReportFormat): Promise<string> =>
  renderReport(report, format, { style: plain });

describe("text", () => {
  test("shows the line, marks the place, and says the rest in a fixed order", async () => {
    expect(await render(reportOf([race], [cut]), "text"))
      .toBe(`a b/p,q.go:3:2: error: counter is written,\ufffd50% of the time [go/unsynchronized-write, medium]
    3 | \tcounter++ // é
      | \t^^^^^^^^^
  also p.go:9: written here too
  why Two goroutines <write> it.
  fix lock (--fix=unsafe)

broken.go:4: partly checked: unexpected "{"

1 finding (1 error) in 3 files; 1 place partly checked; 1 with a fix; 2 in the baseline
`);
    expect(await render(reportOf([]), "text")).toStartWith("no findings in 3 files");
  });

  test("colours only what it is told to", async () => {
    const style = createStyle({ isTTY: true }, {});
    expect(await renderReport(reportOf([race]), "text", { style })).toContain("\u001b[31merror\u001b[39m");
  });

  test("a very long line is shown around its place", async () => {
    const long = { ...reportOf([{ ...race, line: 1, endLine: 1, column: 5001, endColumn: 5003 }]) };
    const text = await render({ ...long, lineText: () => `${"x".repeat(5000)}yy${"z".repeat(5000)}` }, "text");
    expect(text).toContain("xxyyzz");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(200);
    expect(text).toMatch(/\| {41}\^\^\n/);
  });
});

describe("SARIF", () => {
  const ajv = new Ajv({ strict: false, unicodeRegExp: false });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  const problemsOf = async (report: Report): Promise<unknown> => {
    const isValid = validate(JSON.parse(await render(report, "sarif")));
    return isValid ? [] : validate.errors;
  };

  test("is valid by the official schema, whatever is found", async () => {
    expect(await problemsOf(reportOf([race], [cut]))).toEqual([]);
    expect(await problemsOf(reportOf([]))).toEqual([]);
    const place = fc.nat({ max: 5 }).map((line) => line + 1);
    const finding = fc.record({
      rule: fc.constantFrom("go/x", race.rule),
      category: fc.constantFrom(...categories),
      path: fc.string({ minLength: 1, unit: "grapheme" }),
      line: place,
      column: place,
      severity: fc.constantFrom(...severities),
      confidence: fc.constantFrom(...confidences),
      message: fc.string({ minLength: 1 }),
      why: fc.string(),
      related: fc.array(fc.record({ path: fc.string({ minLength: 1 }), line: place, message: fc.string() })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(finding), async (found) => {
        const findings = found.map((one) => ({ ...one, endLine: one.line, endColumn: one.column + 1 }));
        expect(await problemsOf(reportOf(findings))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("the schema refuses what is no SARIF", () => {
    expect(validate({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });

  test("has UTF-16 columns, encoded paths, all rules with a helpUri, and what was partly checked", async () => {
    const accented = { ...race, column: 15, endColumn: 17 };
    const log = JSON.parse(await render(reportOf([accented], [cut]), "sarif")) as {
      runs: [
        {
          tool: { driver: { rules: { helpUri: string }[] } };
          results: {
            ruleIndex: number;
            locations: [{ physicalLocation: { region: object; artifactLocation: object } }];
          }[];
          invocations: [{ toolExecutionNotifications: { message: { text: string } }[] }];
        },
      ];
    };
    const [run] = log.runs;
    const { region, artifactLocation } = run.results[0]!.locations[0].physicalLocation;
    expect(region).toEqual({ startLine: 3, startColumn: 15, endLine: 3, endColumn: 16 });
    expect(artifactLocation).toEqual({ uri: "a%20b/p%2Cq.go", uriBaseId: "%SRCROOT%" });
    expect(run.results[0]?.ruleIndex).toBe(0);
    expect(run.tool.driver.rules.every(({ helpUri }) => URL.canParse(helpUri))).toBe(true);
    expect(run.invocations[0].toolExecutionNotifications[0]?.message.text).toContain("Partly checked");
  });
});

describe("fingerprints", () => {
  test("outlive lines that move, and tell equal lines apart", () => {
    const moved = (path: string, line: number): string | undefined => lineText(path, line - 4);
    const [first, second] = fingerprintsOf([race, race], lineText);
    expect(fingerprintsOf([{ ...race, line: 7 }], moved)).toEqual([first!]);
    expect(second).not.toBe(first!);
    expect(fingerprintsOf([{ ...race, path: "x.go" }], lineText)).not.toEqual([first!]);
    expect(fingerprintsOf([{ ...race, path: "x.go" }], lineText, () => race.path)).toEqual([first!]);
  });
});

describe("the other formats", () => {
  test("JSON has the documented keys in their order", async () => {
    const json = JSON.parse(await render(reportOf([race], [cut]), "json")) as { findings: object[] };
    expect(Object.keys(json)).toEqual(["version", "findings", "partial", "summary"]);
    expect(json.findings).toEqual([{ ...race }]);
  });

  test("GitHub's commands are escaped as its runner reads them", async () => {
    expect(await render(reportOf([race], [cut]), "github")).toBe(
      "::error file=a b/p%2Cq.go,line=3,endLine=3,col=2,endColumn=11,title=go/unsynchronized-write::counter is written,%0A50%25 of the time%0ATwo goroutines <write> it.\n" +
        '::notice file=broken.go,line=4,title=partly checked::unexpected "{"\n',
    );
  });

  test("GitLab's entries have unique fingerprints", async () => {
    const entries = JSON.parse(await render(reportOf([race, race], [cut]), "gitlab")) as { fingerprint: string }[];
    expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect(entries[0]).toMatchObject({ severity: "critical", location: { path: "a b/p,q.go", lines: { begin: 3 } } });
  });

  test("JUnit is well-formed XML for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (message) => {
        const xml = await render(reportOf([{ ...race, message }]), "junit");
        // eslint-disable-next-line no-control-regex -- what XML 1.0 cannot hold
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        expect(xml.isWellFormed()).toBe(true);
        const [, inside = ""] = /message="([^"]*)"/.exec(xml) ?? [];
        expect(inside).not.toMatch(/[<>]|&(?!#?\w+;)/);
      }),
    );
    expect(await render(reportOf([]), "junit")).toContain('tests="1" failures="0"');
  });
});
