/** What the sources in the working directory tell of a measurement that nobody wrote a record for. */

import { overlapsOf } from "../../go/cover/overlaps.ts";
import type { CoverBlock, CoverProfile } from "../../go/cover/profile.ts";
import { addTrueBlocks, type CoverTool, readFileFacts } from "./file-facts.ts";
import type { Measured } from "./measured.ts";
import type { ModuleFiles } from "./module-files.ts";
import type { BlockPlace, FileFacts, FunctionPlace } from "./record.ts";

/**
 * Functions, generated files and which packages there are, of the sources that are here. Where blocks overlap, and for
 * the data of a binary, go is asked what the blocks should be.
 * @param tool absent where there is no go
 */
export async function withSourcesHere(
  measured: Measured,
  modules: ModuleFiles,
  tool: CoverTool | undefined,
): Promise<Measured> {
  if (measured.record !== undefined || measured.profile.files.size === 0) return measured;
  const current = measured.newest?.profile ?? measured.profile;
  const here = readFileFacts(current, modules);
  const doubtful = measured.isFolder === true ? Object.keys(here) : overlapsOf(current).map(({ file }) => file);
  const known = tool === undefined ? here : await addTrueBlocks(here, doubtful, modules, tool);
  const hasPackage = (path: string): boolean | undefined => packageIsHere(path, modules);
  if (measured.isFolder !== true) return { ...measured, files: known, hasPackage };
  const unfit = Object.keys(known).filter((file) => !fits(current, file, known));
  return { ...measured, files: { ...here, ...measured.files }, hasPackage, unfit };
}

/** Of a package of another module nobody knows whether it belongs to what was to be measured. */
function packageIsHere(path: string, modules: ModuleFiles): boolean | undefined {
  if (modules.findPackage(path) !== undefined) return true;
  return modules.roots.some((root) => path === root.path || path.startsWith(`${root.path}/`)) ? false : undefined;
}

/** The same blocks; or, cut by another toolchain, as many statements in each function. */
function fits({ files }: CoverProfile, file: string, facts: Readonly<Record<string, FileFacts>>): boolean {
  const { blocks: expected, functions = [] } = facts[file] ?? {};
  if (expected === undefined) return true;
  const blocks = (files.get(file) ?? []).map(placeOf);
  const isSame =
    blocks.length === expected.length && blocks.every((place) => expected.some((one) => isEqual(one, place)));
  if (isSame) return true;
  return functions.every((place) => statementsIn(blocks, place) === statementsIn(expected, place));
}

function placeOf({ startLine, startColumn, endLine, endColumn, statements }: CoverBlock): BlockPlace {
  return [startLine, startColumn, endLine, endColumn, statements];
}

function isEqual(a: BlockPlace, b: BlockPlace): boolean {
  return a.every((value, at) => value === b[at]);
}

function statementsIn(blocks: readonly BlockPlace[], place: FunctionPlace): number {
  const inside = blocks.filter(([line]) => line >= place.startLine && line <= place.endLine);
  return inside.reduce((sum, block) => sum + block[4], 0);
}
