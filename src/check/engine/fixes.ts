/** Applying fixes: those that do not get into each other's way, each whole or not at all. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Finding, Fix, TextEdit } from "../finding.ts";
import { decodeText } from "../source-text.ts";
import { checkErrors } from "./errors.ts";
import { writeAtomically } from "./file-write.ts";

export type FixChoice = "safe" | "unsafe";

/** The fixes that may be applied together, in the order of the findings; the rest waits for the next round. */
export function chooseFixes(findings: readonly Finding[], choice: FixChoice): Fix[] {
  const accepted: Fix[] = [];
  const taken = new Map<string, TextEdit[]>();
  for (const { fix } of findings) {
    if (fix === undefined || fix.edits.length === 0 || (fix.safety === "unsafe" && choice === "safe")) continue;
    if (!isSound(fix.edits) || !fix.edits.every((edit) => isFree(taken.get(edit.path) ?? [], edit))) continue;
    for (const edit of fix.edits) taken.set(edit.path, [...(taken.get(edit.path) ?? []), edit]);
    accepted.push(fix);
  }
  return accepted;
}

/** A fix whose own edits overlap would depend on their order. */
function isSound(edits: readonly TextEdit[]): boolean {
  return edits.every((edit, index) => edit.start <= edit.end && isFree(edits.slice(0, index), edit));
}

/** Two fixes may ask for the very same edit; otherwise edits must not touch. */
function isFree(taken: readonly TextEdit[], edit: TextEdit): boolean {
  return taken.every(
    (other) => other.path !== edit.path || isSame(other, edit) || edit.end < other.start || other.end < edit.start,
  );
}

function isSame(a: TextEdit, b: TextEdit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text;
}

/** The text after all edits of one file. Equal edits count once. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const distinct = edits.filter((edit, index) => edits.findIndex((other) => isSame(other, edit)) === index);
  const ordered = distinct.toSorted((a, b) => b.start - a.start || b.end - a.end);
  return ordered.reduce((whole, { start, end, text: piece }) => whole.slice(0, start) + piece + whole.slice(end), text);
}

export interface WrittenFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Writes the fixes. `textOf` is what was checked: a file with another content by now is refused.
 * Throws `check/fix-not-written`; what was written before that stays.
 */
export function writeFixes(
  root: string,
  fixes: readonly Fix[],
  textOf: (path: string) => string | undefined,
): WrittenFile[] {
  const edits = Map.groupBy(
    fixes.flatMap((fix) => fix.edits),
    ({ path }) => path,
  );
  return [...edits].map(([path, own]) => {
    const before = textOf(path);
    if (before === undefined) throw checkErrors.error("check/fix-not-written", `${path} cannot be read`);
    const after = applyEdits(before, own);
    replaceFile(root, path, before, after);
    return { path, before, after };
  });
}

/** Puts `after` where `before` is. */
export function replaceFile(root: string, path: string, before: string, after: string): void {
  const full = join(root, path);
  try {
    // Bytes that are no UTF-8 would be lost by writing the decoded text.
    const bytes = readFileSync(full);
    if (!bytes.equals(Buffer.from(before))) throw new Error("it changed meanwhile, or is not UTF-8");
    if (decodeText(bytes) !== after) writeAtomically(full, after);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw checkErrors.error("check/fix-not-written", `${path}: ${reason}`, { cause });
  }
}
