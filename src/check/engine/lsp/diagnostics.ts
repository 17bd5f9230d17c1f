/** Findings in the words of the Language Server Protocol: lines and UTF-16 columns from 0, files by URI. */

import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";

import type { Finding, Fix, Severity } from "../../finding.ts";
import { createSourceText, offsetAt } from "../../source-text.ts";
import type { SourceText } from "../../source-text.ts";

export interface LspPosition {
  readonly line: number;
  readonly character: number;
}

export interface LspRange {
  readonly start: LspPosition;
  readonly end: LspPosition;
}

const severities = { error: 1, warning: 2, info: 3 } as const satisfies Record<Severity, number>;

/** What turns a run's findings into an editor's; `textOf` gives a file as it was checked. */
export interface Translator {
  diagnostic(finding: Finding, helpUri: string): object;
  range(finding: Finding): LspRange;
  /** A WorkspaceEdit. */
  edit(fix: Fix): object;
}

/** A translator for files below `root`. Each file is indexed once. */
export function createTranslator(root: string, textOf: (path: string) => string | undefined): Translator {
  const sources = new Map<string, SourceText>();
  const sourceOf = (path: string): SourceText => {
    const source = sources.get(path) ?? createSourceText(path, textOf(path) ?? "");
    sources.set(path, source);
    return source;
  };
  const range = ({ path, line, column, endLine, endColumn }: Finding): LspRange => {
    const source = sourceOf(path);
    return rangeOf(source, offsetAt(source, line, column), offsetAt(source, endLine, endColumn));
  };
  return {
    range,
    diagnostic: (finding, helpUri) => ({
      range: range(finding),
      severity: severities[finding.severity],
      code: finding.rule,
      codeDescription: { href: helpUri },
      source: "ballast",
      message: `${finding.message}\n${finding.why}`,
      relatedInformation: finding.related.map(({ path, line, message }) => {
        const source = sourceOf(path);
        const start = offsetAt(source, line, 1);
        return { location: { uri: uriOf(root, path), range: rangeOf(source, start, start) }, message };
      }),
    }),
    edit: ({ edits }) => {
      const byPath = Map.groupBy(edits, ({ path }) => path);
      const changes = [...byPath].map(([path, own]) => [
        uriOf(root, path),
        own.map(({ start, end, text }) => ({ range: rangeOf(sourceOf(path), start, end), newText: text })),
      ]);
      return { changes: Object.fromEntries(changes) as object };
    },
  };
}

function rangeOf(source: SourceText, start: number, end: number): LspRange {
  return { start: positionOf(source, start), end: positionOf(source, end) };
}

function positionOf({ lineStarts }: SourceText, offset: number): LspPosition {
  let line = lineStarts.findLastIndex((start) => start <= offset);
  line = Math.max(line, 0);
  return { line, character: offset - (lineStarts[line] ?? 0) };
}

/** A file's URI. */
export function uriOf(root: string, path: string): string {
  return pathToFileURL(join(root, path)).href;
}

/** A URI's file; `undefined` for one that names none. */
export function fileOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined; // a host, or what cannot be decoded
  }
}

export function overlaps(a: LspRange, b: LspRange): boolean {
  return isBefore(a.start, b.end) && isBefore(b.start, a.end);
}

function isBefore(a: LspPosition, b: LspPosition): boolean {
  return a.line < b.line || (a.line === b.line && a.character <= b.character);
}
