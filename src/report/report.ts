/** What every format prints: the findings of one run with all that is needed to show them. */

import type { Category, Finding, Partial, Severity } from "./finding.ts";

/** A rule as reports name it. */
export interface ReportRule {
  readonly id: string;
  readonly title: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly since: string;
  readonly byDefault: boolean;
  /** Its page, in Markdown; empty where it has none of its own. */
  readonly doc: string;
  /** Where its page is published. */
  readonly helpUri: string;
}

/** The counts of one run. Part of the JSON format: never renamed, only added to. */
export interface ReportSummary {
  readonly findings: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly partial: number;
  /** Files that a rule looked into. */
  readonly files: number;
  /** Findings that a comment in the code keeps out. */
  readonly suppressed: number;
  /** Findings that the baseline holds already. */
  readonly baselined: number;
  /** Findings that were there before the change, with `--diff`. */
  readonly unchanged: number;
  /** Findings that `--fix` took away. */
  readonly fixed: number;
  /** Findings that have a fix which was not asked for. */
  readonly fixable: number;
}

export interface Report {
  readonly toolVersion: string;
  /** In the order of path, line, column and rule. */
  readonly findings: readonly Finding[];
  /** For each finding, what it is recognised by when lines move. */
  readonly fingerprints: readonly string[];
  readonly partial: readonly Partial[];
  readonly summary: ReportSummary;
  /** All rules that could have found something, also those that did not. Made when a format wants it. */
  readonly rules: () => Promise<readonly ReportRule[]>;
  /** A line of a file as it was checked; `undefined` when there is none. */
  readonly lineText: (path: string, line: number) => string | undefined;
}

export const reportFormats = ["text", "json", "sarif", "github", "gitlab", "junit"] as const;
export type ReportFormat = (typeof reportFormats)[number];
