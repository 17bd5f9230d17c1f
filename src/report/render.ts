/** A report in the format that was asked for. */

import type { Report, ReportFormat } from "./report.ts";
import type { TextOptions } from "./text.ts";

/** The whole text, each format's code loaded only when it is used. */
export async function renderReport(report: Report, format: ReportFormat, options: TextOptions): Promise<string> {
  switch (format) {
    case "text":
      return (await import("./text.ts")).textReport(report, options);
    case "json":
      return (await import("./json.ts")).jsonReport(report);
    case "sarif":
      return (await import("./sarif.ts")).sarifReport(report);
    case "github":
      return (await import("./github.ts")).githubReport(report);
    case "gitlab":
      return (await import("./gitlab.ts")).gitlabReport(report);
    case "junit":
      return (await import("./junit.ts")).junitReport(report);
  }
}
