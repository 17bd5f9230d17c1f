/** What changed between two profiles, by package and by function. */

import {
  type CoverBlock,
  type CoverProfile,
  type Figure,
  figureOfBlocks,
  isSamePlace,
  packageOfFile,
  sumOfFigures,
} from "../../go/cover/profile.ts";
import type { Measured } from "./measured.ts";
import type { ProfilePair } from "./pair-causes.ts";
import type { FunctionPlace } from "./record.ts";

export interface Change {
  readonly package: string;
  /** Absent for the package as a whole. */
  readonly function?: string;
  readonly file?: string;
  /** Absent where there was none. */
  readonly old?: Figure;
  readonly new?: Figure;
}

export interface CoverageChanges {
  readonly packages: readonly Change[];
  /** Of files whose sources are known. */
  readonly functions: readonly Change[];
}

/** What differs, in the order of the names. */
export function coverageChanges(profiles: ProfilePair, old: Measured, later: Measured): CoverageChanges {
  const packages = compareMaps(packageFigures(profiles.old), packageFigures(profiles.new)).map(([name, pair]) => {
    return { package: name, ...pair };
  });
  const before = functionFigures(profiles.old, placesFor(profiles, old, later));
  const after = functionFigures(profiles.new, placesFor({ old: profiles.new, new: profiles.old }, later, old));
  const functions = compareMaps(before, after).map(([key, pair]) => {
    const [file = "", name = ""] = key.split("\0");
    return { package: packageOfFile(file), function: name, file, ...pair };
  });
  return { packages, functions };
}

function packageFigures({ files }: CoverProfile): Map<string, Figure> {
  const byPackage = Map.groupBy(files, ([file]) => packageOfFile(file));
  return new Map(
    [...byPackage].map(([name, members]) => [name, sumOfFigures(members.map(([, blocks]) => figureOfBlocks(blocks)))]),
  );
}

type FunctionsOf = (file: string) => readonly FunctionPlace[];

/**
 * Where the functions of `own` lie. Where only one of the two knows its sources, it speaks for both if their blocks are
 * the same; otherwise nothing is said of the file, or all its functions would be new.
 */
function placesFor(profiles: ProfilePair, own: Measured, other: Measured): FunctionsOf {
  return (file) => {
    const known = own.files[file]?.functions;
    const foreign = other.files[file]?.functions;
    const [mine, theirs] = [profiles.old.files.get(file), profiles.new.files.get(file)];
    if (mine === undefined || theirs === undefined || (known !== undefined && foreign !== undefined)) {
      return known ?? [];
    }
    const isSame = mine.length === theirs.length && mine.every((block, at) => isSamePlace(block, theirs[at] ?? block));
    return isSame ? (known ?? foreign ?? []) : [];
  };
}

/** By `file NUL function`. */
function functionFigures({ files }: CoverProfile, functionsOf: FunctionsOf): Map<string, Figure> {
  const found = new Map<string, Figure>();
  for (const [file, blocks] of files) {
    for (const [name, figure] of figuresOfPlaces(blocks, functionsOf(file))) {
      const key = `${file}\0${name}`;
      // `init` and `_` may be there several times.
      const known = found.get(key);
      if (figure.statements > 0) found.set(key, known === undefined ? figure : sumOfFigures([known, figure]));
    }
  }
  return found;
}

/** Both are in the order of the source, and functions that are declared do not nest. */
function* figuresOfPlaces(
  blocks: readonly CoverBlock[],
  places: readonly FunctionPlace[],
): Iterable<readonly [name: string, figure: Figure]> {
  let at = 0;
  for (const place of places) {
    while (at < blocks.length && isBefore(blocks[at], place.startLine, place.startColumn)) at++;
    const from = at;
    while (at < blocks.length && isBefore(blocks[at], place.endLine, place.endColumn + 1)) at++;
    yield [place.name, figureOfBlocks(blocks.slice(from, at))];
  }
}

function isBefore(block: CoverBlock | undefined, line: number, column: number): boolean {
  if (block === undefined) return false;
  return block.startLine < line || (block.startLine === line && block.startColumn < column);
}

type Figures = { readonly old?: Figure; readonly new?: Figure };

function compareMaps(old: ReadonlyMap<string, Figure>, later: ReadonlyMap<string, Figure>): [string, Figures][] {
  const keys = [...new Set([...old.keys(), ...later.keys()])].toSorted();
  return keys.flatMap((key): [string, Figures][] => {
    const [before, after] = [old.get(key), later.get(key)];
    if (before?.covered === after?.covered && before?.statements === after?.statements) return [];
    return [[key, { ...(before && { old: before }), ...(after && { new: after }) }]];
  });
}
