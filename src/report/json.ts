/** The JSON format. Versioned: keys are added within a version, never renamed or removed. */

import type { Report } from "./report.ts";

const jsonVersion = 1;

/** One object on one line. */
export function jsonReport({ findings, partial, summary }: Report): string {
  const plain = findings.map(
    ({ rule, category, path, line, column, endLine, endColumn, severity, confidence, message, why, related, fix }) => ({
      rule,
      category,
      path,
      line,
      column,
      endLine,
      endColumn,
      severity,
      confidence,
      message,
      why,
      related,
      ...(fix === undefined ? {} : { fix }),
    }),
  );
  return `${JSON.stringify({ version: jsonVersion, findings: plain, partial, summary })}\n`;
}
