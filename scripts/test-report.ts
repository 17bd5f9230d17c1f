/** What a run of `bun test` did, read from its JUnit report, and the closing lines of `npm test`. */

export interface Skip {
  readonly file: string;
  readonly name: string;
}

export interface SuiteResult {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
  readonly seconds: number;
  /** Why the suite failed although no test of it did. */
  readonly trouble?: string;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (typeof decimal === "string") return String.fromCodePoint(Number.parseInt(decimal, 10));
    if (typeof hex === "string") return String.fromCodePoint(Number.parseInt(hex, 16));
    return entities[String(name)] ?? whole;
  });
}

function attribute(tag: string, name: string): string {
  return unescapeXml(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

/** Counts the test cases of a JUnit report as Bun writes it. A todo is a skip. */
export function readJUnit(xml: string): { passed: number; failed: number; skips: readonly Skip[] } {
  let passed = 0;
  let failed = 0;
  const skips: Skip[] = [];
  for (const [, tag = "", body = ""] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (/<(?:failure|error)\b/.test(body)) failed++;
    else if (/<skipped\b/.test(body)) skips.push({ file: attribute(tag, "file"), name: testName(tag) });
    else passed++;
  }
  return { passed, failed, skips };
}

function testName(tag: string): string {
  return [attribute(tag, "classname"), attribute(tag, "name")].filter((part) => part !== "").join(" > ");
}

/**
 * The reason in the name of a skipped test, `… [skipped: REASON]`, which is where `testWith` puts it: a JUnit report
 * has no other place for it. A skip without a reason counts as a failure.
 */
export function skipReason(skip: Skip): string | undefined {
  return /\[skipped: (.+)\]$/.exec(skip.name)?.[1];
}

export interface Verdict {
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/**
 * The last lines of a run. With `inCi` a skip is a failure unless its reason starts with a name on `allowedInCi`, the
 * list of what cannot exist there; a skip that gives no reason is one everywhere.
 */
export function summarize(
  results: readonly SuiteResult[],
  options: { inCi: boolean; allowedInCi: readonly string[] },
): Verdict {
  const lines = results.map(
    (result) =>
      `${result.suite.padEnd(12)} ${result.passed} passed, ${result.failed} failed, ${result.skips.length} skipped` +
      `, ${result.seconds.toFixed(1)} s${result.trouble === undefined ? "" : ` (${result.trouble})`}`,
  );
  const skips = results.flatMap((result) => result.skips);
  const refused = skips.filter((skip) => !isAllowed(skip, options));
  for (const skip of skips) {
    const reason = skipReason(skip) ?? "no reason given";
    lines.push(`${refused.includes(skip) ? "REFUSED SKIP" : "skipped"}: ${skip.file}: ${skip.name}: ${reason}`);
  }
  const count = (pick: (result: SuiteResult) => number): number => results.reduce((sum, one) => sum + pick(one), 0);
  const failed = count((result) => result.failed) + refused.length;
  lines.push(`${count((one) => one.passed)} passed, ${failed} failed, ${skips.length - refused.length} skipped`);
  return { lines, ok: failed === 0 };
}

function isAllowed(skip: Skip, options: { inCi: boolean; allowedInCi: readonly string[] }): boolean {
  const reason = skipReason(skip);
  if (reason === undefined) return false;
  return !options.inCi || options.allowedInCi.some((name) => reason.startsWith(`${name}:`));
}
