/** A profile as Cobertura's XML (coverage-04.dtd), which GitLab and Jenkins read. */

import { lineCounts } from "./line-counts.ts";
import { type CoverProfile, packageOfFile } from "./profile.ts";

export interface CoberturaOptions {
  /** The file's path below one of `sources`. */
  readonly pathOf: (file: string) => string;
  /** Folders that paths are relative to. */
  readonly sources: readonly string[];
  readonly timeMs: number;
}

interface LineTotals {
  hit: number;
  valid: number;
}

type CountedFile = readonly [file: string, lines: ReturnType<typeof lineCounts>];

/** The report in pieces. */
export function* coberturaText({ files }: CoverProfile, options: CoberturaOptions): Iterable<string> {
  const counted: CountedFile[] = [...files].map(([file, blocks]) => [file, lineCounts(blocks)]);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n`;
  yield `<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">\n`;
  yield `<coverage ${rates(totalsOf(counted), true)} version="ballast" timestamp="${Math.round(options.timeMs)}">\n`;
  yield `  <sources>\n${options.sources.map((source) => `    <source>${xmlText(source)}</source>\n`).join("")}  </sources>\n`;
  yield `  <packages>\n`;
  const byPackage = Map.groupBy(counted, ([file]) => packageOfFile(file));
  for (const [name, members] of byPackage) {
    yield `    <package name="${xmlText(name)}" ${rates(totalsOf(members))}>\n      <classes>\n`;
    for (const member of members) yield classText(member, options.pathOf);
    yield `      </classes>\n    </package>\n`;
  }
  yield `  </packages>\n</coverage>\n`;
}

function classText(member: CountedFile, pathOf: (file: string) => string): string {
  const [file, lines] = member;
  const name = xmlText(file.slice(file.lastIndexOf("/") + 1));
  const rows = lines.map(([line, count]) => `            <line number="${line}" hits="${count}"/>\n`).join("");
  return [
    `        <class name="${name}" filename="${xmlText(pathOf(file))}" ${rates(totalsOf([member]))}>\n`,
    `          <methods/>\n          <lines>\n${rows}          </lines>\n        </class>\n`,
  ].join("");
}

function totalsOf(files: readonly CountedFile[]): LineTotals {
  const totals: LineTotals = { hit: 0, valid: 0 };
  for (const [, lines] of files) {
    totals.valid += lines.length;
    totals.hit += lines.filter(([, count]) => count > 0).length;
  }
  return totals;
}

/** Go counts no branches. */
function rates({ hit, valid }: LineTotals, isWhole = false): string {
  const rate = (valid === 0 ? 0 : hit / valid).toFixed(4);
  const numbers = isWhole
    ? ` lines-covered="${hit}" lines-valid="${valid}" branches-covered="0" branches-valid="0"`
    : "";
  return `line-rate="${rate}" branch-rate="0"${numbers} complexity="0"`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Control characters are in no XML, not even escaped. */
function xmlText(text: string): string {
  const plain = text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
  return plain.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
