/**
 * A coverage profile as Go's own tools understand it: blocks of source with the number of statements in each and how
 * often they ran. A block that several test binaries report is one block here.
 */

export type CoverMode = "set" | "count" | "atomic";

export interface CoverBlock {
  readonly startLine: number;
  /** In bytes, from 1. */
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly statements: number;
  /** 0 or 1 with mode `set`. */
  readonly count: number;
}

export interface CoverProfile {
  readonly mode: CoverMode;
  /** By name, `example.org/module/package/file.go`, in the order of the names; blocks in the order of the source. */
  readonly files: ReadonlyMap<string, readonly CoverBlock[]>;
}

/** A share of statements. */
export interface Figure {
  readonly covered: number;
  readonly statements: number;
}

/** The share in per cent; 0 of nothing, as `go tool cover` has it. */
export function percentOf({ covered, statements }: Figure): number {
  return statements === 0 ? 0 : (100 * covered) / statements;
}

/** As `go tool cover` writes it: `71.4%`. */
export function percentText(figure: Figure): string {
  return `${percentOf(figure).toFixed(1)}%`;
}

export function figureOfBlocks(blocks: Iterable<CoverBlock>): Figure {
  let covered = 0;
  let statements = 0;
  for (const block of blocks) {
    statements += block.statements;
    if (block.count > 0) covered += block.statements;
  }
  return { covered, statements };
}

export function sumOfFigures(figures: Iterable<Figure>): Figure {
  let covered = 0;
  let statements = 0;
  for (const figure of figures) {
    covered += figure.covered;
    statements += figure.statements;
  }
  return { covered, statements };
}

/** Of the whole profile, or of the files that `isMeant` picks. */
export function figureOf({ files }: CoverProfile, isMeant: (file: string) => boolean = () => true): Figure {
  return sumOfFigures([...files].filter(([file]) => isMeant(file)).map(([, blocks]) => figureOfBlocks(blocks)));
}

/** The package that a file of a profile belongs to. */
export function packageOfFile(file: string): string {
  const slash = file.lastIndexOf("/");
  return slash < 0 ? "." : file.slice(0, slash);
}

/** In the order of the source; equal ones stay as they are. */
export function compareBlocks(a: CoverBlock, b: CoverBlock): number {
  return (
    a.startLine - b.startLine || a.startColumn - b.startColumn || a.endLine - b.endLine || a.endColumn - b.endColumn
  );
}

/** Two blocks of the same place in one file. */
export function isSamePlace(a: CoverBlock, b: CoverBlock): boolean {
  return compareBlocks(a, b) === 0;
}

/** Counts stop growing where a number would lose its last digit. */
export function addCounts(mode: CoverMode, a: number, b: number): number {
  return mode === "set" ? Math.max(a, b) : Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
