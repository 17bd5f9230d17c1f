import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BodyStore } from "../body-store.ts";
import { writeFailure } from "./errno.ts";
import { openOwnFiles } from "./own-files.ts";
import { openSegments, type SegmentsOptions } from "./segments.ts";

export interface DiskBodyStoreOptions extends Pick<SegmentsOptions, "live" | "segmentBytes"> {
  /** The node's data folder. */
  readonly folder: string;
  /** Bytes of own files that the index knows of. */
  readonly ownFileBytes: number;
}

/** Bodies on this machine's disk: `segments/N.pack` for small ones, `large/aa/HEX` for the rest, `tmp/` for unfinished ones. */
export function openDiskBodyStore({ folder, live, segmentBytes, ownFileBytes }: DiskBodyStoreOptions): BodyStore {
  const segmentFolder = join(folder, "segments");
  mkdirSync(segmentFolder, { recursive: true });
  const segments = openSegments({ folder: segmentFolder, segmentBytes, live });
  const own = openOwnFiles(join(folder, "large"), join(folder, "tmp"), ownFileBytes);
  return {
    append(bodies) {
      try {
        return segments.append(bodies);
      } catch (cause) {
        throw writeFailure(cause, `${bodies.length} bodies`);
      }
    },
    createWriter: () => own.createWriter(),
    read: (body, into) => (body.segment === 0 ? own.read(body, into) : segments.read(body, into)),
    path: (body) => own.path(body),
    release: (body) => (body.segment === 0 ? own.release(body) : segments.release(body)),
    async sync() {
      await segments.sync();
      await own.sync();
    },
    seal: () => segments.seal(),
    sealed: () => segments.sealed(),
    dropSegment: (segment) => segments.drop(segment),
    ownFiles: () => own.files(),
    fileBytes: () => segments.fileBytes() + own.fileBytes(),
    close: () => segments.close(),
  };
}
