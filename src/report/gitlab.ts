/** GitLab's code quality report: a subset of Code Climate's issues. */

import type { Severity } from "./finding.ts";
import type { Report } from "./report.ts";

const severities = { error: "critical", warning: "major", info: "info" } as const satisfies Record<Severity, string>;

/** One array; what was partly checked is an `info` entry of its own. */
export function gitlabReport({ findings, fingerprints, partial }: Report): string {
  const issues = findings.map(({ path, line, endLine, severity, rule, message }, index) => ({
    description: message,
    check_name: rule,
    fingerprint: fingerprints[index] ?? "",
    severity: severities[severity],
    location: { path, lines: { begin: line, end: endLine } },
  }));
  const notes = partial.map(({ path, line, reason }) => ({
    description: `Partly checked: ${reason}`,
    check_name: "partly-checked",
    fingerprint: Bun.hash(`${path}\0${line}\0${reason}`).toString(16).padStart(16, "0"),
    severity: severities.info,
    location: { path, lines: { begin: line, end: line } },
  }));
  return `${JSON.stringify([...issues, ...notes], undefined, 2)}\n`;
}
