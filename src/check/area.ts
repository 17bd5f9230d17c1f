/** Between the engine and an area: what an area gets to see of a repository, and what it gives back. */

import type { Finding, Partial, Range } from "./finding.ts";
import type { Report, RuleMeta } from "./rule.ts";

/** What a file is, told from its path alone. `yaml` may be a manifest, a pipeline's include, or nothing of ours. */
export type FileKind = "go" | "go-module" | "pipeline" | "groovy" | "docker" | "bake" | "yaml" | "script";

export interface RepositoryFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly kind: FileKind;
  readonly sizeBytes: number;
}

/** A build for which Go files are chosen: what `--tags` and `--matrix` say. */
export interface GoBuild {
  /** The machine's own when absent. */
  readonly goos?: string;
  readonly goarch?: string;
  readonly tags: readonly string[];
}

export interface AreaRequest {
  /** The folder to which all paths are relative; absolute, without symlinks. */
  readonly root: string;
  /** Every path of the repository in order, also of files that are no area's; for questions like "is there a …". */
  readonly paths: readonly string[];
  /** In the order of their paths. No ignored file, none over the size limit, nothing that is not a regular file. */
  readonly files: readonly RepositoryFile[];
  /** The text of a file of `paths`; `undefined` when it is not there, is no regular file, or is over the size limit. */
  readonly readText: (path: string) => string | undefined;
  /** The rules to run, by their ids. */
  readonly rules: ReadonlySet<string>;
  /** At least one. Findings of several builds are merged by the engine. */
  readonly builds: readonly GoBuild[];
  /** `types` asks Go's type checker and fails softly to `syntax`, saying so in `partial`. */
  readonly depth: "syntax" | "types";
  /** Whether cgo may run; it starts the C compiler that the environment names. */
  readonly cgo: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Absent when nothing may be taken from an earlier run. */
  readonly kept?: KeptParts | undefined;
}

/** Parts of a result that an area keeps for its next run over the same folder with the same rules. What is not kept again goes. */
export interface KeptParts {
  /** As it was kept, by way of JSON. */
  find(key: string): unknown;
  keep(key: string, part: unknown): void;
}

export interface AreaResult {
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
  /** How many files the area looked into; those that do not concern it are not among them. */
  readonly checkedFiles: number;
  /** The depth that was reached, of an area that has depths. */
  readonly depth?: "syntax" | "types";
  /** Files that a rule which needs types did not see, in an area that has depths. */
  readonly untypedFiles?: readonly string[];
}

/** Runs the rules of one area over a repository. */
export type RunArea = (request: AreaRequest) => Promise<AreaResult>;

/** A place as every area can say it. */
export interface FilePlace extends Range {
  readonly path: string;
}

/**
 * The `report` to hand to a rule: each call becomes a finding of `findings`, completed by what the rule's meta says.
 * `locate` tells where a place is.
 */
export function createReport<Place>(
  meta: RuleMeta,
  locate: (place: Place) => FilePlace,
  findings: Finding[],
): Report<Place> {
  return (place, reported) => {
    const { path, line, column, endLine, endColumn } = locate(place);
    const related = (reported.related ?? []).map(({ place: other, message }) => {
      const { path: otherPath, line: otherLine } = locate(other);
      return { path: otherPath, line: otherLine, message };
    });
    findings.push({
      rule: meta.id,
      category: meta.category,
      path,
      line,
      column,
      endLine,
      endColumn,
      severity: reported.severity ?? meta.severity,
      confidence: reported.confidence ?? "high",
      message: reported.message,
      why: reported.why ?? `${meta.title}.`,
      related,
      ...(reported.fix === undefined ? {} : { fix: reported.fix }),
    });
  };
}
