/** What all rules have in common. What a rule of one area gets to see is in that area's own rule.ts. */

import type { Category, Confidence, Fix, Severity } from "./finding.ts";

/** The areas, which are also the words of `--only`, the folders of `rules/`, and the first words of rule ids. */
export const areas = ["go", "ci", "docker", "k8s"] as const;
export type Area = (typeof areas)[number];

export interface RuleMeta {
  /** `area/what-is-wrong`, equal to the rule's folder below `rules/`. */
  readonly id: string;
  /** What is wrong, as a phrase: `a write under a read lock`. */
  readonly title: string;
  readonly category: Category;
  /** The severity of its findings unless one says otherwise. */
  readonly severity: Severity;
  /** The version of Ballast that had it first. */
  readonly since: string;
  /** Whether it runs unless the configuration or `--rule` says so. */
  readonly byDefault: boolean;
  /** The lowest depth at which a Go rule works; `syntax` when absent. */
  readonly depth?: "syntax" | "types";
}

/** What a rule says about a place. Without `why`, the rule's title is the reason; without `confidence`, `high`. */
export interface ReportedFinding<Place> {
  /** Names the things in the code (variable, lock, job) and says what happens. */
  readonly message: string;
  /** One sentence: why that is wrong. */
  readonly why?: string;
  readonly confidence?: Confidence;
  readonly severity?: Severity;
  readonly related?: readonly { readonly place: Place; readonly message: string }[];
  readonly fix?: Fix;
}

/** Handed to a rule; each call is one finding. */
export type Report<Place> = (place: Place, finding: ReportedFinding<Place>) => void;
