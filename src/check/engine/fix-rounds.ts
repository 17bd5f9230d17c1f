/** `--fix`: check, write fixes, check again, until nothing is left that a fix could mend. */

import type { Fix, Partial } from "../finding.ts";
import type { FixChoice, WrittenFile } from "./fixes.ts";
import { chooseFixes, replaceFile, writeFixes } from "./fixes.ts";
import type { CheckOptions } from "./options.ts";
import { runCheck } from "./run-check.ts";
import type { CheckResult } from "./run-check.ts";
import { hashFile, readTextFile } from "./snapshot.ts";

/** A fix that waits for another's place comes in the next round; more rounds than this mean that two fixes fight. */
const roundLimit = 10;

/** One check, or with `fix` as many as it takes. The result is that of the last check. */
export async function checkAndFix(options: CheckOptions): Promise<CheckResult> {
  let result = await runCheck(options);
  if (options.fix === undefined) return result;
  // Files in which a fix did more harm than good; they are left alone.
  const spoiled = new Set<string>();
  let fixed = 0;
  for (let round = 0; round < roundLimit; round++) {
    const fixes = fixesOf(result, options.fix, spoiled);
    if (fixes.length === 0) break;
    const written = writeFixes(result.scope.root, fixes, (path) => checkedText(result, path));
    const next = await runCheck(options);
    const harmed = written.filter(({ path }) => isHarmed(path, result.partial, next.partial));
    for (const file of harmed) undo(result.scope.root, file, spoiled);
    fixed += fixes.filter((fix) => !touches(fix, harmed)).length;
    result = harmed.length === 0 ? next : await runCheck(options);
  }
  return { ...result, report: { ...result.report, summary: { ...result.report.summary, fixed } } };
}

function fixesOf({ findings }: CheckResult, choice: FixChoice, spoiled: ReadonlySet<string>): Fix[] {
  const fixes = chooseFixes(findings, choice);
  return fixes.filter(({ edits }) => edits.every(({ path }) => !spoiled.has(path)));
}

/** The text that the check saw; `undefined` when it changed since, and offsets may be wrong. */
function checkedText({ scope, hashes }: CheckResult, path: string): string | undefined {
  return hashFile(scope.root, path) === hashes.get(path) ? readTextFile(scope.root, path) : undefined;
}

/** A file that was understood and no longer is. */
function isHarmed(path: string, before: readonly Partial[], after: readonly Partial[]): boolean {
  const count = (partial: readonly Partial[]): number => partial.filter((one) => one.path === path).length;
  return count(after) > count(before);
}

function undo(root: string, { path, before, after }: WrittenFile, spoiled: Set<string>): void {
  replaceFile(root, path, after, before);
  spoiled.add(path);
}

function touches({ edits }: Fix, files: readonly WrittenFile[]): boolean {
  return edits.some((edit) => files.some((file) => file.path === edit.path));
}
