/** How a comparison of coverage is shown. */

import type { Change, CoverageChanges } from "../build/coverage/changes.ts";
import type { ChangedLines } from "../build/coverage/changed-lines.ts";
import { causeLine, headline, pairText } from "../build/coverage/verdict-text.ts";
import type { Judgement } from "../build/coverage/verdict.ts";
import { formatTable } from "../core/table.ts";
import { type Figure, percentText } from "../go/cover/profile.ts";

export interface ComparisonShown {
  readonly judgement: Judgement;
  readonly changes: CoverageChanges;
  readonly lines: ChangedLines | undefined;
  readonly threshold: number | undefined;
}

export function comparisonText({ judgement, changes, lines, threshold }: ComparisonShown, limit: number): string {
  const { corrected, reported, causes } = judgement;
  const facts = [`reported   ${pairText(reported)}  (${countText(reported)})`];
  if (corrected !== undefined) facts.push(`corrected  ${pairText(corrected)}  (${countText(corrected)})`);
  else facts.push("corrected  not to be had from these two");
  const parts = [`${headline(judgement)}\n`, `\n${facts.join("\n")}\n`];
  if (causes.length > 0) parts.push(`\n${causes.map(causeLine).join("\n")}\n`);
  if (changes.packages.length > 0) parts.push("\n", changeTable("PACKAGE", changes.packages, limit));
  if (changes.functions.length > 0) parts.push("\n", changeTable("FUNCTION", changes.functions, limit));
  if (lines !== undefined) parts.push("\n", linesText(lines, threshold, limit));
  return parts.join("");
}

function countText({ old, new: later }: { readonly old: Figure; readonly new: Figure }): string {
  return `${old.covered} of ${old.statements} statements then, ${later.covered} of ${later.statements} now`;
}

function changeTable(title: string, changes: readonly Change[], limit: number): string {
  const rows = changes
    .slice(0, limit)
    .map((change) => [nameOf(change), figureText(change.old), figureText(change.new)]);
  const left = changes.length > limit ? `${changes.length - limit} more; --limit shows them\n` : "";
  return formatTable([title, { title: "THEN", align: "right" }, { title: "NOW", align: "right" }], rows) + left;
}

function nameOf(change: Change): string {
  return change.function === undefined ? change.package : `${change.package}.${change.function}`;
}

function figureText(figure: Figure | undefined): string {
  return figure === undefined ? "–" : `${percentText(figure)} of ${figure.statements}`;
}

function linesText({ lines, covered, files }: ChangedLines, threshold: number | undefined, limit: number): string {
  const wanted = threshold === undefined ? "" : `, ${threshold}% wanted`;
  if (lines === 0) return "changed lines: none with statements that the profile speaks of\n";
  const head = `changed lines: ${percentText({ covered, statements: lines })} (${covered} of ${lines})${wanted}\n`;
  const open = files.filter(({ uncovered }) => uncovered.length > 0);
  const rows = open
    .slice(0, limit)
    .map((one) => [one.file, `${one.covered} of ${one.lines}`, rangesText(one.uncovered)]);
  const left = open.length > limit ? `${open.length - limit} more; --limit shows them\n` : "";
  return head + (rows.length === 0 ? "" : formatTable(["FILE", "COVERED", "LINES THAT DID NOT RUN"], rows)) + left;
}

/** `3-5, 9` */
function rangesText(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}
