import { describe, expect, test } from "bun:test";
import { readJUnit, skipReason, summarize, type SuiteResult } from "./test-report.ts";

const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="5" failures="2" skipped="2">
  <testsuite name="a.test.ts" file="a.test.ts" tests="5">
    <testcase name="one &lt;1&gt;" classname="a &amp; b" time="0.1" file="a.test.ts" line="2" assertions="1" />
    <testcase name="two [skipped: nginx: it is &quot;gone&quot;]" classname="a &amp; b" time="0" file="a.test.ts">
      <skipped />
    </testcase>
    <testcase name="three" classname="" time="0" file="a.test.ts"><failure type="AssertionError" message="&lt;testcase"/></testcase>
    <testcase name="later" classname="" time="0" file="a.test.ts">
      <skipped message="TODO" />
    </testcase>
    <testcase name="slow &#33;&#x21;" classname="" time="1" file="a.test.ts">
      <failure type="TimeoutError" message="test timed out" />
    </testcase>
  </testsuite>
</testsuites>`;

const withReason = { file: "a.test.ts", name: 'a & b > two [skipped: nginx: it is "gone"]' };
const withoutReason = { file: "a.test.ts", name: "later" };

function suite(skips: SuiteResult["skips"], failed = 0): SuiteResult {
  return { suite: "unit", passed: 3, failed, skips, seconds: 1.25 };
}

describe("a JUnit report", () => {
  test("is counted, and its skips are named", () => {
    expect(readJUnit(report)).toEqual({ passed: 1, failed: 2, skips: [withReason, withoutReason] });
    expect(readJUnit("<testsuites></testsuites>")).toEqual({ passed: 0, failed: 0, skips: [] });
  });

  test("a skip's reason is at the end of its name", () => {
    expect(skipReason(withReason)).toBe('nginx: it is "gone"');
    expect(skipReason(withoutReason)).toBeUndefined();
  });
});

describe("the closing lines", () => {
  const atHome = { inCi: false, allowedInCi: [] };

  test("end with the counts alone on a line", () => {
    const verdict = summarize([suite([]), suite([withReason], 2)], atHome);
    expect(verdict.lines.at(-1)).toBe("6 passed, 2 failed, 1 skipped");
    expect(verdict.lines.slice(0, 2)).toEqual([
      "unit         3 passed, 0 failed, 0 skipped, 1.3 s",
      "unit         3 passed, 2 failed, 1 skipped, 1.3 s",
    ]);
    expect(verdict.ok).toBe(false);
  });

  test("a skip with a reason passes at home and fails in CI, unless the component cannot exist there", () => {
    expect(summarize([suite([withReason])], atHome).ok).toBe(true);
    const inCi = summarize([suite([withReason])], { inCi: true, allowedInCi: ["wrk"] });
    expect(inCi).toMatchObject({ ok: false });
    expect(inCi.lines.slice(1)).toEqual([
      `REFUSED SKIP: a.test.ts: ${withReason.name}: nginx: it is "gone"`,
      "3 passed, 1 failed, 0 skipped",
    ]);
    expect(summarize([suite([withReason])], { inCi: true, allowedInCi: ["nginx"] }).ok).toBe(true);
  });

  test("a skip without a reason fails everywhere", () => {
    expect(summarize([suite([withoutReason])], atHome).ok).toBe(false);
  });
});
