/** JUnit XML, for platforms that show tests only: each finding is a failed test, what was partly checked a skipped one. */

import type { Finding, Partial } from "./finding.ts";
import { xmlText } from "./printable.ts";
import type { Report } from "./report.ts";

/** One suite. Without findings it holds one passed test, since some readers refuse an empty suite. */
export function junitReport({ findings, partial }: Report): string {
  const cases = [...findings.map(failedCase), ...partial.map(skippedCase)];
  const shown = cases.length === 0 ? ['<testcase classname="ballast check" name="no findings"/>'] : cases;
  const counts = `tests="${shown.length}" failures="${findings.length}" errors="0" skipped="${partial.length}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="ballast check" ${counts}>`,
    `<testsuite name="ballast check" ${counts}>`,
    ...shown,
    "</testsuite>",
    "</testsuites>\n",
  ].join("\n");
}

function failedCase({ rule, path, line, column, severity, message, why, related }: Finding): string {
  const places = related.map((other) => `\n${other.path}:${other.line}: ${other.message}`).join("");
  const body = xmlText(`${path}:${line}:${column}: ${message}\n${why}${places}`);
  return (
    `<testcase classname="${xmlText(rule)}" name="${xmlText(`${path}:${line}:${column}`)}" file="${xmlText(path)}" line="${line}">` +
    `<failure type="${severity}" message="${xmlText(message)}">${body}</failure></testcase>`
  );
}

function skippedCase({ path, line, reason }: Partial): string {
  return (
    `<testcase classname="partly checked" name="${xmlText(`${path}:${line}: ${reason}`)}" file="${xmlText(path)}" line="${line}">` +
    `<skipped message="${xmlText(reason)}"/></testcase>`
  );
}
