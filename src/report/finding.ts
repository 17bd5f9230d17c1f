/** What a report is made of: findings, and what could not be checked. The checker fills it; every format prints it. */

/** What a finding puts at risk. The words are part of the JSON format: never renamed, only added to. */
export const categories = [
  "data-race",
  "deadlock",
  "goroutine-leak",
  "unsafe",
  "nil",
  "scheduling",
  "cache",
  "secret",
  "reproducibility",
  "resilience",
] as const;
export type Category = (typeof categories)[number];

/** How bad it is if the finding is true; the worst first. */
export const severities = ["error", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

/** How likely it is that the finding is true; the surest first. By default what is at least `medium` is reported. */
export const confidences = ["proven", "high", "medium", "low"] as const;
export type Confidence = (typeof confidences)[number];

/** A stretch of a file: lines from 1; columns from 1, in bytes of UTF-8, as Go counts them; the end is exclusive. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Another place that belongs to a finding: the second access of a race, the job that the cache is not shared with. */
export interface Related {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** One replacement. Offsets count UTF-16 units of the file's text as a JavaScript string; `end` is exclusive. */
export interface TextEdit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  /** `safe`: the program or pipeline means the same but for the fault. `unsafe`: a person should look at it. */
  readonly safety: "safe" | "unsafe";
  readonly edits: readonly TextEdit[];
}

export interface Finding extends Range {
  /** `area/what-is-wrong` */
  readonly rule: string;
  readonly category: Category;
  /** Relative to the folder that was checked, with slashes. */
  readonly path: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly why: string;
  readonly related: readonly Related[];
  readonly fix?: Fix;
}

/** Something that could not be parsed or resolved, and so was not, or not wholly, checked. */
export interface Partial {
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}
