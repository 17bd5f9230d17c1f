/** Taking out of a profile what cannot have come from one source and one toolchain. */

import { overlapsOf } from "../../go/cover/overlaps.ts";
import { type CoverBlock, type CoverProfile, compareBlocks } from "../../go/cover/profile.ts";
import type { BlockPlace, FileFacts } from "./record.ts";

export interface Mended {
  readonly kind: "toolchains-merged" | "sources-moved";
  readonly files: readonly string[];
  /** Absent where it cannot be told which blocks are the right ones. */
  readonly profile?: CoverProfile;
}

/** `undefined` for a profile in which nothing is wrong. */
export function mendProfile(profile: CoverProfile, facts: Readonly<Record<string, FileFacts>>): Mended | undefined {
  const overlapping = overlapsOf(profile).map(({ file }) => file);
  if (overlapping.length > 0 && overlapping.every((file) => isNested(profile.files.get(file) ?? []))) {
    const mended = replaceFiles(profile, overlapping, (_file, blocks) => finerLayer(blocks));
    return { kind: "toolchains-merged", files: overlapping, profile: mended };
  }
  const stale = staleFiles(profile, facts);
  const unknown = overlapping.filter((file) => !stale.includes(file));
  const files = [...stale, ...unknown].toSorted();
  if (files.length === 0) return undefined;
  if (unknown.length > 0) return { kind: "sources-moved", files };
  return {
    kind: "sources-moved",
    files,
    profile: replaceFiles(profile, files, (file) => trueBlocks(profile, file, facts)),
  };
}

/** Files with a block that the toolchain would not cut from the source that is there. */
function staleFiles({ files }: CoverProfile, facts: Readonly<Record<string, FileFacts>>): string[] {
  return [...files].flatMap(([file, blocks]) => {
    const expected = facts[file]?.blocks;
    if (expected === undefined) return [];
    const places = new Set(expected.map(placeKey));
    return blocks.every((block) => places.has(blockKey(block))) ? [] : [file];
  });
}

/**
 * The blocks that the source has, with the counts of those that are in the profile. What an outdated block counted is
 * lost with it; but a test whose result Go kept did not depend on the file, so it ran none of it.
 */
function trueBlocks({ files }: CoverProfile, file: string, facts: Readonly<Record<string, FileFacts>>): CoverBlock[] {
  const counts = new Map((files.get(file) ?? []).map((block) => [blockKey(block), block.count]));
  const places = facts[file]?.blocks ?? [];
  return places
    .map((place) => {
      const [startLine, startColumn, endLine, endColumn, statements] = place;
      return { startLine, startColumn, endLine, endColumn, statements, count: counts.get(placeKey(place)) ?? 0 };
    })
    .toSorted(compareBlocks);
}

function placeKey([startLine, startColumn, endLine, endColumn, statements]: BlockPlace): string {
  return `${startLine}.${startColumn},${endLine}.${endColumn} ${statements}`;
}

function blockKey({ startLine, startColumn, endLine, endColumn, statements }: CoverBlock): string {
  return placeKey([startLine, startColumn, endLine, endColumn, statements]);
}

/**
 * Go until 1.26 begins a block at its `{`, Go 1.27 at its first statement: of one source, a block of the one lies
 * strictly within one of the other, or is the same, and holds as many statements. Blocks of two sources do not.
 */
function isNested(blocks: readonly CoverBlock[]): boolean {
  const { outer, inner } = layersOf(blocks);
  if (overlapsOf({ mode: "set", files: new Map([["", outer]]) }).length > 0) return false;
  return [...inner].every(([around, parts]) => around.statements === sum(parts));
}

function sum(blocks: readonly CoverBlock[]): number {
  return blocks.reduce((total, { statements }) => total + statements, 0);
}

/** The blocks of the inner layer; one ran if it did, or if the one around it did. */
function finerLayer(blocks: readonly CoverBlock[]): CoverBlock[] {
  const { outer, inner } = layersOf(blocks);
  return outer.flatMap((around) => {
    const parts = inner.get(around);
    return parts?.map((block) => ({ ...block, count: Math.max(block.count, around.count) })) ?? [around];
  });
}

interface Layers {
  readonly outer: readonly CoverBlock[];
  /** The blocks within one of `outer`, by that. */
  readonly inner: ReadonlyMap<CoverBlock, readonly CoverBlock[]>;
}

function layersOf(blocks: readonly CoverBlock[]): Layers {
  const outer: CoverBlock[] = [];
  const inner = new Map<CoverBlock, CoverBlock[]>();
  for (const block of blocks) {
    // In the order of the source only the last one that is not inside can be around it.
    const last = outer.at(-1);
    if (last === undefined || !isStrictlyWithin(block, last)) outer.push(block);
    else if (inner.get(last)?.push(block) === undefined) inner.set(last, [block]);
  }
  return { outer, inner };
}

function isStrictlyWithin(block: CoverBlock, around: CoverBlock): boolean {
  const startsLater =
    block.startLine > around.startLine ||
    (block.startLine === around.startLine && block.startColumn > around.startColumn);
  const endsInside =
    block.endLine < around.endLine || (block.endLine === around.endLine && block.endColumn <= around.endColumn);
  return startsLater && endsInside;
}

type NewBlocks = (file: string, blocks: readonly CoverBlock[]) => readonly CoverBlock[];

function replaceFiles({ mode, files }: CoverProfile, names: readonly string[], replace: NewBlocks): CoverProfile {
  const changed = new Set(names);
  return {
    mode,
    files: new Map([...files].map(([file, blocks]) => [file, changed.has(file) ? replace(file, blocks) : blocks])),
  };
}
