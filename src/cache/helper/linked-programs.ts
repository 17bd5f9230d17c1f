/**
 * Programs that go linked in this run. Go looks a link step up like every other, by an action of its own, and takes a
 * program that it finds there; but it never puts one (`useCache` and `updateBuildID` in
 * `cmd/go/internal/work/buildid.go`). So the helper looks where the command writes, and knows a program by its build
 * id, whose first part is the action that was missed.
 */

import { existsSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { readFileHead } from "../../core/file-head.ts";
import { readNames } from "../../core/folder-names.ts";
import { actionPath } from "../../go/gocache/entry-file.ts";
import { actionIdOf } from "../../go/hash-inputs.ts";

/** A program where go wrote it. What its bytes are is looked at when it is sent, when nobody waits. */
export interface LinkedProgram {
  readonly action: Uint8Array;
  readonly path: string;
  readonly sizeBytes: number;
  readonly timeNs: bigint;
  /** From the lookup of the link step to the end of the command. */
  readonly costMs: number;
}

export interface ProgramSearch {
  /** A file or a folder. */
  readonly place: string;
  /** The folder in Go's format, whose entries need no second look. */
  readonly folder: string;
  /** When each action was missed, by its id in base64. */
  readonly missedMs: ReadonlyMap<string, number>;
  /** The command's start and now, on the clock of `missedMs`. */
  readonly startMs: number;
  readonly nowMs: number;
  /** Programs of more than this in sum stay here. */
  readonly limitBytes: number;
}

/** A folder with more names is nobody's place for programs. */
const namesMax = 2000;
const programsMax = 100;
/** A file's time is that of the kernel's last tick. */
const tickMs = 20;
/** Go writes the id in front of the code, and looks for it in as much (`cmd/internal/buildid/buildid.go`). */
const headBytes = 32 * 1024;
const idNote = /Go\0\0([\w-]{20})\/[\w-]{20}\/[\w-]{20}\/[\w-]{20}/;

interface Candidate {
  readonly path: string;
  readonly info: Stats;
}

/** The newest first, within the limit. */
export function findLinkedPrograms(search: ProgramSearch): LinkedProgram[] {
  if (search.limitBytes === 0 || search.missedMs.size === 0) return [];
  const written = candidates(search);
  if (written.length === 0) return [];
  const found: LinkedProgram[] = [];
  let restBytes = search.limitBytes;
  const missed = byIdPart(search.missedMs);
  for (const candidate of written) {
    const program = candidate.info.size > restBytes ? undefined : identify(candidate, missed, search);
    if (program === undefined) continue;
    restBytes -= program.sizeBytes;
    found.push(program);
  }
  return found;
}

/** Programs at the place that were written since the command began. */
function candidates({ place, startMs, nowMs }: ProgramSearch): Candidate[] {
  const sinceMs = Date.now() - (nowMs - startMs) - tickMs;
  const isNew = ({ info }: Candidate): boolean => info.isFile() && (info.mode & 0o111) !== 0 && info.mtimeMs >= sinceMs;
  const [found] = look(place);
  if (found?.info.isDirectory() !== true) return found === undefined ? [] : [found].filter(isNew);
  const names = readNames(place);
  if (names.length > namesMax) return [];
  return names
    .flatMap((name) => look(join(place, name)))
    .filter(isNew)
    .toSorted((first, second) => second.info.mtimeMs - first.info.mtimeMs)
    .slice(0, programsMax);
}

/** Whatever lies there, a link to itself too, must not cost the build that ends here. */
function look(path: string): Candidate[] {
  try {
    return [{ path, info: statSync(path) }];
  } catch {
    return [];
  }
}

type Missed = ReadonlyMap<string, { readonly action: Buffer; readonly missedMs: number }>;

function identify({ path, info }: Candidate, missed: Missed, search: ProgramSearch): LinkedProgram | undefined {
  const part = idNote.exec(readFileHead(path, headBytes)?.toString("latin1") ?? "")?.[1];
  const step = part === undefined ? undefined : missed.get(part);
  if (step === undefined || existsSync(actionPath(search.folder, step.action.toString("hex")))) return undefined;
  const costMs = Math.round(search.nowMs - step.missedMs);
  const timeNs = BigInt(Math.round(info.mtimeMs)) * 1_000_000n;
  return { action: step.action, path, sizeBytes: info.size, timeNs, costMs };
}

function byIdPart(missedMs: ReadonlyMap<string, number>): Missed {
  const entries = [...missedMs].map(([key, at]) => {
    const action = Buffer.from(key, "base64");
    return [actionIdOf(action.toString("hex")), { action, missedMs: at }] as const;
  });
  return new Map(entries);
}
