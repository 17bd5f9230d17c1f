/** One check from its paths to its report. */

import { confidences, severities } from "../../report/finding.ts";
import { fingerprintsOf } from "../../report/fingerprint.ts";
import type { Report, ReportSummary } from "../../report/report.ts";
import type { Finding, Partial } from "../finding.ts";
import { areas } from "../rule.ts";
import type { Area } from "../rule.ts";
import { openBaseTree } from "./base-tree.ts";
import { readBaseline, writeBaseline } from "./baseline.ts";
import { checkTree } from "./check-tree.ts";
import type { TreeResult } from "./check-tree.ts";
import type { CheckedScope } from "./checked-scope.ts";
import { findScope, isInScope, reportedPath } from "./checked-scope.ts";
import type { Discovery } from "./discovery.ts";
import { discover } from "./discovery.ts";
import { createLineReader } from "./line-reader.ts";
import type { LineReader } from "./line-reader.ts";
import type { CheckOptions } from "./options.ts";
import { confirmRaces, readRaceLog } from "./race-log.ts";
import { areaOf, chooseRules } from "./rule-choice.ts";
import { allRules, describeRules } from "./rule-table.ts";
import { applySuppressions } from "./suppression.ts";

export interface CheckResult {
  readonly scope: CheckedScope;
  readonly discovery: Discovery;
  /** Paths are relative to the folder that was named. */
  readonly report: Report;
  /** The same findings with paths relative to the root, as fixes have them. */
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
  /** What each file held when it was checked, as a hash. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Reports of the race log that belong to no finding. */
  readonly unmatchedRaces: number;
  readonly bugs: readonly Error[];
}

/** What is left of a tree's findings, and how many each step took away. */
interface Judged {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
  readonly unmatchedRaces: number;
}

/** Checks once. Throws `check/…` for what the options get wrong. */
export async function runCheck(options: CheckOptions): Promise<CheckResult> {
  const scope = findScope(options.cwd, options.paths);
  const rules = chooseRules(allRules(), options.rules);
  options.onProgress("looking for files");
  const discovery = await discover({ ...options, scope });
  options.onProgress(`checking ${discovery.files.length} files`);
  const tree = await checkTree({ ...treeOptions(options, rules), root: scope.root, discovery });
  const lines = createLineReader(scope.root);
  const judged = judge(tree, options, rules);
  const inScope = judged.findings.filter(({ path }) => isInScope(scope, path));
  const brought = await withoutUnchanged(inScope, options, scope, rules, lines);
  const fresh = withoutKnown(brought, options, lines);
  const partial = tree.partial.filter(({ path }) => path === "." || isInScope(scope, path));
  const counts = {
    partial: partial.length,
    files: tree.checkedFiles,
    suppressed: judged.suppressed.filter(({ path }) => isInScope(scope, path)).length,
    baselined: brought.length - fresh.length,
    unchanged: inScope.length - brought.length,
  };
  return {
    scope,
    discovery,
    report: makeReport(options, scope, lines, fresh, partial, counts),
    findings: fresh,
    partial,
    hashes: tree.hashes,
    unmatchedRaces: judged.unmatchedRaces,
    bugs: tree.bugs,
  };
}

function treeOptions(
  options: CheckOptions,
  rules: ReadonlySet<string>,
): Omit<Parameters<typeof checkTree>[0], "root" | "discovery"> {
  const { builds, depth, cgo, env, signal, cache, toolIdentity } = options;
  return { only: areasOf(options), rules, builds, depth, cgo, env, signal, cache, toolIdentity };
}

function areasOf({ only }: CheckOptions): readonly Area[] {
  return only.length === 0 ? areas : only;
}

/** Confirms, suppresses, sorts, and leaves out what is under a threshold. */
function judge(tree: TreeResult, options: CheckOptions, rules: ReadonlySet<string>): Judged {
  const races = options.raceLogFile === undefined ? [] : readRaceLog(options.raceLogFile);
  const confirmed = confirmRaces(tree.findings, races);
  const partly = new Set(tree.partial.map(({ path }) => path));
  const metas = new Map(allRules().map((meta) => [meta.id, meta]));
  const didRun = (rule: string, path: string): boolean => {
    const area = areaOf(rule);
    if (!rules.has(rule) || area === undefined || !tree.ran.has(area) || partly.has(path)) return false;
    return metas.get(rule)?.depth !== "types" || (tree.ran.get(area) === "types" && !tree.untyped.has(path));
  };
  const { findings, suppressed } = applySuppressions({
    findings: confirmed.findings,
    directives: tree.directives,
    didRun,
    categoryOf: (rule) => metas.get(rule)?.category,
    ruleIds: [...metas.keys()],
  });
  const isReported = ({ rule, severity, confidence }: Finding): boolean =>
    (areaOf(rule) !== undefined || rules.has(rule)) &&
    severities.indexOf(severity) <= severities.indexOf(options.severity) &&
    confidences.indexOf(confidence) <= confidences.indexOf(options.confidence);
  return {
    findings: findings.filter(isReported).toSorted(byPlace),
    suppressed: suppressed.filter(isReported),
    unmatchedRaces: confirmed.unmatched,
  };
}

function byPlace(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  if (a.line !== b.line) return a.line - b.line;
  if (a.column !== b.column) return a.column - b.column;
  if (a.rule !== b.rule) return a.rule < b.rule ? -1 : 1;
  return a.message < b.message ? -1 : Number(a.message > b.message);
}

/**
 * With `--diff`: the findings that the base does not have. Both trees are checked, since a change brings faults to lines
 * that it did not touch (a lock taken away elsewhere, a key that another job restores).
 */
async function withoutUnchanged(
  findings: readonly Finding[],
  options: CheckOptions,
  scope: CheckedScope,
  rules: ReadonlySet<string>,
  lines: LineReader,
): Promise<readonly Finding[]> {
  if (options.base === undefined) return findings;
  options.onProgress(`checking ${options.base}`);
  const { folder, renames } = await openBaseTree({ folder: scope.root, ...options }, options.base);
  const whole: CheckedScope = { root: folder, base: folder, parts: [{ path: "", isFile: false }] };
  const discovery = await discover({ ...options, scope: whole, useGit: false });
  const tree = await checkTree({ ...treeOptions(options, rules), root: folder, discovery });
  const earlier = judge(tree, { ...options, raceLogFile: undefined }, rules).findings;
  const known = new Set(fingerprintsOf(earlier, createLineReader(folder)));
  const prints = fingerprintsOf(findings, lines, (path) => renames.get(path) ?? path);
  return findings.filter((_, index) => !known.has(prints[index] ?? ""));
}

/** With `--baseline`: the findings that it does not hold. With `--update-baseline` it is written, and all are known. */
function withoutKnown(findings: readonly Finding[], options: CheckOptions, lines: LineReader): readonly Finding[] {
  const { baselineFile, updateBaseline } = options;
  if (baselineFile === undefined) return findings;
  const prints = fingerprintsOf(findings, lines);
  if (updateBaseline) {
    writeBaseline(baselineFile, findings, prints);
    return [];
  }
  const known = readBaseline(baselineFile);
  return findings.filter((_, index) => !known.has(prints[index] ?? ""));
}

type Counts = Pick<ReportSummary, "partial" | "files" | "suppressed" | "baselined" | "unchanged">;

function makeReport(
  { toolVersion, rulesUrl }: CheckOptions,
  scope: CheckedScope,
  lines: LineReader,
  findings: readonly Finding[],
  partial: readonly Partial[],
  counts: Counts,
): Report {
  const show = (path: string): string => reportedPath(scope, path);
  const rootPaths = new Map(findings.flatMap((one) => [[show(one.path), one.path] as const]));
  const count = (severity: Finding["severity"]): number => findings.filter((one) => one.severity === severity).length;
  return {
    toolVersion,
    findings: findings.map((finding) => withPaths(finding, show)),
    fingerprints: fingerprintsOf(findings, lines, show),
    partial: partial.map((one) => ({ ...one, path: show(one.path) })),
    summary: {
      findings: findings.length,
      errors: count("error"),
      warnings: count("warning"),
      infos: count("info"),
      ...counts,
      fixed: 0,
      fixable: findings.filter(({ fix }) => fix !== undefined).length,
    },
    rules: () => describeRules(rulesUrl),
    lineText: (path, line) => lines(rootPaths.get(path) ?? path, line),
  };
}

function withPaths(finding: Finding, show: (path: string) => string): Finding {
  const { path, related, fix } = finding;
  return {
    ...finding,
    path: show(path),
    related: related.map((one) => ({ ...one, path: show(one.path) })),
    ...(fix === undefined
      ? {}
      : { fix: { ...fix, edits: fix.edits.map((edit) => ({ ...edit, path: show(edit.path) })) } }),
  };
}
