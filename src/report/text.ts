/** The format for people: each finding with its line of source and a mark under the place. */

import type { Style } from "../core/style.ts";
import { textWidth } from "../core/style.ts";
import type { Finding, Severity } from "./finding.ts";
import { printable } from "./printable.ts";
import type { Report, ReportSummary } from "./report.ts";

export interface TextOptions {
  readonly style: Style;
  /** How a path is shown, for instance relative to where the reader is. */
  readonly showPath?: (path: string) => string;
}

/** Blocks with blank lines between them, what was partly checked, and one line that sums up. */
export function textReport(report: Report, { style, showPath = (path) => path }: TextOptions): string {
  const blocks = report.findings.map((finding) => findingBlock(finding, report, style, showPath));
  const partial = report.partial.map(
    ({ path, line, reason }) =>
      `${style.bold(printable(`${showPath(path)}:${line}`))}: ${style.yellow("partly checked")}: ${printable(reason)}\n`,
  );
  const groups = [...blocks, ...(partial.length === 0 ? [] : [partial.join("")])];
  return `${groups.join("\n")}${groups.length === 0 ? "" : "\n"}${summaryText(report.summary)}\n`;
}

function findingBlock(finding: Finding, report: Report, style: Style, showPath: (path: string) => string): string {
  const { path, line, column, severity, message, rule, confidence, why, related, fix } = finding;
  const place = style.bold(printable(`${showPath(path)}:${line}:${column}`));
  const sure = confidence === "high" ? "" : `, ${confidence}`;
  const lines = [
    `${place}: ${severityStyle(style, severity)(severity)}: ${printable(message)} ${style.dim(`[${rule}${sure}]`)}`,
    ...excerpt(finding, report.lineText(path, line), style),
    ...related.map(
      (other) => `  ${style.dim("also")} ${printable(`${showPath(other.path)}:${other.line}: ${other.message}`)}`,
    ),
    `  ${style.dim("why")} ${printable(why)}`,
    ...(fix === undefined
      ? []
      : [`  ${style.dim("fix")} ${printable(fix.title)} (${fix.safety === "safe" ? "--fix" : "--fix=unsafe"})`]),
  ];
  return `${lines.join("\n")}\n`;
}

function severityStyle(style: Style, severity: Severity): (text: string) => string {
  if (severity === "error") return style.red;
  return severity === "warning" ? style.yellow : style.dim;
}

const widestExcerpt = 160;

/** The source line with marks below it; nothing where the line is empty or not there. */
function excerpt(finding: Finding, text: string | undefined, style: Style): string[] {
  if (text === undefined || text.trim() === "") return [];
  const bytes = Buffer.from(text);
  const before = bytes.subarray(0, finding.column - 1).toString();
  const end = finding.endLine === finding.line ? finding.endColumn - 1 : bytes.byteLength;
  const marked = bytes.subarray(finding.column - 1, Math.max(end, finding.column)).toString();
  // A long line (minified, generated) is shown from shortly before the place on.
  const skipped = before.length > widestExcerpt - 40 ? before.length - 40 : 0;
  const shown = text.slice(skipped, skipped + widestExcerpt);
  const number = String(finding.line).padStart(5);
  // Tabs stay tabs under the line, so that the marks stand where the reader's terminal puts the place.
  const blanks = printable(before.slice(skipped)).replace(/[^\t]+/g, (part) => " ".repeat(textWidth(part)));
  const room = Math.max(1, shown.length - (before.length - skipped));
  const marks = "^".repeat(Math.max(1, Math.min(textWidth(marked.trimEnd()), room)));
  return [
    `${style.dim(`${number} |`)} ${printable(shown)}`,
    `${style.dim(`${" ".repeat(5)} |`)} ${blanks}${severityStyle(style, finding.severity)(marks)}`,
  ];
}

/** `3 findings (1 error, 2 warnings) in 120 files; 1 place partly checked; 2 suppressed` */
export function summaryText(summary: ReportSummary): string {
  const kinds = [
    counted(summary.errors, "error"),
    counted(summary.warnings, "warning"),
    counted(summary.infos, "info", "infos"),
  ].filter((text) => text !== "");
  const head = summary.findings === 0 ? "no findings" : `${counted(summary.findings, "finding")} (${kinds.join(", ")})`;
  const rest = [
    summary.partial === 0 ? "" : `${counted(summary.partial, "place")} partly checked`,
    summary.fixed === 0 ? "" : `${summary.fixed} fixed`,
    summary.fixable === 0 ? "" : `${summary.fixable} with a fix`,
    summary.suppressed === 0 ? "" : `${summary.suppressed} suppressed`,
    summary.baselined === 0 ? "" : `${summary.baselined} in the baseline`,
    summary.unchanged === 0 ? "" : `${summary.unchanged} there before`,
  ].filter((text) => text !== "");
  return [`${head} in ${counted(summary.files, "file") || "0 files"}`, ...rest].join("; ");
}

function counted(count: number, noun: string, plural = `${noun}s`): string {
  return count === 0 ? "" : `${count} ${count === 1 ? noun : plural}`;
}
