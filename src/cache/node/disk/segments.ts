/** Append-only files of many bodies each. Small bodies lie here: one file per body costs an inode and three system calls each. */

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readdirSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { BodyRef, EncodedBody, Place, SegmentUsage } from "../body-store.ts";
import { readAt } from "./read-at.ts";
import { recordHeadBytes, writeRecordHead } from "./record.ts";
import { syncFile } from "./sync-file.ts";

/** Open files kept; more are closed and opened again when read. */
const openFilesMax = 512;

export interface SegmentsOptions {
  readonly folder: string;
  /** A segment is ended when it has reached this size. */
  readonly segmentBytes: number;
  /** What the index knows of each segment: bytes of bodies and heads, and the end of the last body. */
  readonly live: ReadonlyMap<number, { readonly liveBytes: number; readonly endOffset: number }>;
}

export interface Segments {
  append(bodies: readonly EncodedBody[]): Place[];
  read(body: BodyRef, into?: Buffer): Buffer | undefined;
  release(body: BodyRef): void;
  sync(): Promise<void>;
  seal(): void;
  sealed(): SegmentUsage[];
  drop(segment: number): void;
  fileBytes(): number;
  close(): void;
}

interface Segment {
  readonly number: number;
  fileBytes: number;
  liveBytes: number;
}

interface State {
  readonly options: SegmentsOptions;
  readonly segments: Map<number, Segment>;
  readonly files: Map<number, number>;
  readonly unsynced: Set<number>;
  active: Segment | undefined;
  lastNumber: number;
  scratch: Buffer;
}

export function openSegments(options: SegmentsOptions): Segments {
  const state: State = {
    options,
    segments: new Map(),
    files: new Map(),
    unsynced: new Set(),
    active: undefined,
    lastNumber: 0,
    scratch: Buffer.alloc(0),
  };
  load(state);
  return {
    append: (bodies) => append(state, bodies),
    read: (body, into) => read(state, body, into),
    release(body) {
      const segment = state.segments.get(body.segment);
      if (segment !== undefined) segment.liveBytes -= recordHeadBytes + body.storedBytes;
    },
    sync: () => sync(state),
    seal() {
      state.active = undefined;
    },
    sealed: () =>
      [...state.segments.values()]
        .filter((segment) => segment !== state.active)
        .map(({ number, fileBytes, liveBytes }) => ({ segment: number, fileBytes, liveBytes })),
    drop: (number) => drop(state, number),
    fileBytes: () => [...state.segments.values()].reduce((sum, segment) => sum + segment.fileBytes, 0),
    close() {
      for (const file of state.files.values()) closeSync(file);
      state.files.clear();
    },
  };
}

/**
 * The newest segment is continued when it is as long as the index says. If not, its end was lost with the power;
 * bodies written there now would lie where the index still expects others.
 */
function load(state: State): void {
  const { folder, live, segmentBytes } = state.options;
  for (const name of readdirSync(folder)) {
    const number = Number.parseInt(name, 10);
    if (!name.endsWith(".pack") || !(number > 0)) continue;
    const fileBytes = fstatSync(fileOf(state, number)).size;
    state.segments.set(number, { number, fileBytes, liveBytes: live.get(number)?.liveBytes ?? 0 });
  }
  // Numbers that only the index knows count too: their files are gone, and a new file must not take their place.
  state.lastNumber = Math.max(0, ...state.segments.keys(), ...live.keys());
  const newest = state.segments.get(state.lastNumber);
  const endOffset = live.get(state.lastNumber)?.endOffset ?? 0;
  if (newest !== undefined && newest.fileBytes >= endOffset && newest.fileBytes < segmentBytes) state.active = newest;
}

function append(state: State, bodies: readonly EncodedBody[]): Place[] {
  const places: Place[] = [];
  const written: { readonly segment: Segment; readonly runBytes: number }[] = [];
  try {
    for (let at = 0; at < bodies.length; at = places.length) {
      const segment = activeSegment(state);
      const runBytes = placeRun(state, segment, bodies, places);
      writeRun(state, segment, bodies.slice(at, places.length), runBytes);
      written.push({ segment, runBytes });
    }
  } catch (cause) {
    for (const { segment, runBytes } of written) segment.liveBytes -= runBytes;
    throw cause;
  }
  return places;
}

/** Gives places to as many bodies as the segment has room for, one at least; returns the bytes that they take. */
function placeRun(state: State, segment: Segment, bodies: readonly EncodedBody[], places: Place[]): number {
  const roomBytes = Math.max(0, state.options.segmentBytes - segment.fileBytes);
  let runBytes = 0;
  do {
    const body = bodies[places.length] as EncodedBody;
    places.push({ segment: segment.number, offset: segment.fileBytes + runBytes + recordHeadBytes });
    runBytes += recordHeadBytes + body.bytes.length;
  } while (places.length < bodies.length && runBytes < roomBytes);
  return runBytes;
}

function activeSegment(state: State): Segment {
  if (state.active !== undefined && state.active.fileBytes < state.options.segmentBytes) return state.active;
  const segment: Segment = { number: ++state.lastNumber, fileBytes: 0, liveBytes: 0 };
  state.segments.set(segment.number, segment);
  state.active = segment;
  return segment;
}

function writeRun(state: State, segment: Segment, bodies: readonly EncodedBody[], runBytes: number): void {
  if (state.scratch.length < runBytes) state.scratch = Buffer.allocUnsafeSlow(Math.max(runBytes, 1024 * 1024));
  let at = 0;
  for (const body of bodies) {
    writeRecordHead(state.scratch, at, {
      output: body.output,
      sizeBytes: body.sizeBytes,
      storedBytes: body.bytes.length,
      codec: body.codec,
    });
    state.scratch.set(body.bytes, at + recordHeadBytes);
    at += recordHeadBytes + body.bytes.length;
  }
  const file = fileOf(state, segment.number);
  const start = segment.fileBytes;
  state.unsynced.add(segment.number);
  try {
    for (let done = 0; done < runBytes;) done += writeSync(file, state.scratch, done, runBytes - done, start + done);
  } catch (cause) {
    // Half a run, of which nobody was told: it would only fill the disk that is full already.
    ftruncateSync(file, start);
    throw cause;
  }
  segment.fileBytes += runBytes;
  segment.liveBytes += runBytes;
}

function read(state: State, body: BodyRef, into: Buffer | undefined): Buffer | undefined {
  if (!state.segments.has(body.segment)) return undefined;
  const file = state.files.get(body.segment) ?? fileOf(state, body.segment);
  return readAt(file, body.offset, body.storedBytes, into);
}

function fileOf(state: State, number: number): number {
  const open = state.files.get(number);
  if (open !== undefined) return open;
  if (state.files.size >= openFilesMax) closeOldest(state);
  const file = openSync(segmentPath(state.options.folder, number), constants.O_RDWR | constants.O_CREAT, 0o666);
  state.files.set(number, file);
  return file;
}

function closeOldest(state: State): void {
  for (const [number, file] of state.files) {
    if (number === state.active?.number) continue;
    closeSync(file);
    state.files.delete(number);
    return;
  }
}

async function sync(state: State): Promise<void> {
  const numbers = [...state.unsynced];
  state.unsynced.clear();
  for (const number of numbers) await syncFile(segmentPath(state.options.folder, number));
}

function drop(state: State, number: number): void {
  const file = state.files.get(number);
  if (file !== undefined) closeSync(file);
  state.files.delete(number);
  state.unsynced.delete(number);
  if (state.segments.delete(number)) unlinkSync(segmentPath(state.options.folder, number));
}

function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, "0")}.pack`);
}
