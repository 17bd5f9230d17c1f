/** Gathers blocks as they are read, so that what is repeated becomes one block. */

import { coverErrors } from "./errors.ts";
import {
  addCounts,
  compareBlocks,
  type CoverBlock,
  type CoverMode,
  type CoverProfile,
  type Figure,
} from "./profile.ts";

/** What is kept of one place while reading. */
interface Gathered {
  block: CoverBlock;
  /** What the last line for this place said. */
  lastCount: number;
}

/** What a reader saw besides the profile itself. */
export interface RepeatedBlocks {
  /** Lines for a place that had one already. */
  readonly lines: number;
  /** Of them, those that say "ran" where another says "did not". */
  readonly contradicting: number;
  /** What a tool makes of the profile that takes the last line of each place for the truth. */
  readonly lastWins: Figure;
}

const coverLimits = { files: 200_000, blocks: 8_000_000 } as const;

export interface BlocksBuilder {
  /** Throws `go/cover-blocks-contradict`, `go/cover-too-large`. */
  add(file: string, block: CoverBlock): void;
  profile(mode: CoverMode): CoverProfile;
  repeated(): RepeatedBlocks;
}

/** @param source named in failures */
export function createBlocksBuilder(source: string, mode: () => CoverMode): BlocksBuilder {
  const files = new Map<string, Map<string, Gathered>>();
  let places = 0;
  let lines = 0;
  let contradicting = 0;
  const addNew = (blocks: Map<string, Gathered>, key: string, block: CoverBlock): void => {
    places++;
    if (places > coverLimits.blocks) throw coverErrors.error("go/cover-too-large", `${source}: ${places} blocks`);
    blocks.set(key, { block, lastCount: block.count });
  };
  return {
    add(file, block) {
      const blocks = files.get(file) ?? new Map<string, Gathered>();
      if (blocks.size === 0) files.set(file, blocks);
      if (files.size > coverLimits.files) {
        throw coverErrors.error("go/cover-too-large", `${source}: ${files.size} files`);
      }
      const key = `${block.startLine}.${block.startColumn},${block.endLine}.${block.endColumn}`;
      const known = blocks.get(key);
      if (known === undefined) {
        addNew(blocks, key, block);
        return;
      }
      if (known.block.statements !== block.statements) throw contradiction(source, file, known.block, block);
      lines++;
      if (known.block.count > 0 !== block.count > 0) contradicting++;
      known.block = { ...known.block, count: addCounts(mode(), known.block.count, block.count) };
      known.lastCount = block.count;
    },
    profile: (of) => ({ mode: of, files: sortedFiles(files) }),
    repeated: () => ({ lines, contradicting, lastWins: lastFigure(files) }),
  };
}

function contradiction(source: string, file: string, a: CoverBlock, b: CoverBlock): Error {
  const place = `${file}:${a.startLine}.${a.startColumn}`;
  const detail = `${source}: ${place} has ${a.statements} statements on one line and ${b.statements} on another`;
  return coverErrors.error("go/cover-blocks-contradict", detail);
}

function sortedFiles(files: ReadonlyMap<string, ReadonlyMap<string, Gathered>>): CoverProfile["files"] {
  const sorted = new Map<string, readonly CoverBlock[]>();
  for (const name of [...files.keys()].toSorted()) {
    const blocks = [...(files.get(name)?.values() ?? [])].map(({ block }) => block);
    sorted.set(name, blocks.toSorted(compareBlocks));
  }
  return sorted;
}

function lastFigure(files: ReadonlyMap<string, ReadonlyMap<string, Gathered>>): Figure {
  let covered = 0;
  let statements = 0;
  for (const blocks of files.values()) {
    for (const { block, lastCount } of blocks.values()) {
      statements += block.statements;
      if (lastCount > 0) covered += block.statements;
    }
  }
  return { covered, statements };
}
