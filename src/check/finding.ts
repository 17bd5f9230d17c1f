/** The words of a finding, as the checker's rooms use them. They are the report's own. */

export type { Category, Confidence, Finding, Fix, Partial, Range, Severity, TextEdit } from "../report/finding.ts";
