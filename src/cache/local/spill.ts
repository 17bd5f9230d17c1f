/**
 * Where bodies go when the GOCACHE folder refuses them: read-only, full, or not ours. Native Go fails such a build;
 * with a temporary folder it goes on and the binary is the same.
 */

import { mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { BallastError } from "../../core/errors.ts";
import { type BodyFile, createBodyFile } from "./body-file.ts";
import type { CacheFolder } from "./folder.ts";
import { removeOld } from "./old-files.ts";

/** Paths from `go list -export` are opened when the helper is gone, so bodies stay for a while. */
const keepMs = 6 * 3_600_000;

/** A body in `folder`, or from the first refusal on in the spill folder; `onSpill` is told once. */
export function createSpillingBody(
  folder: CacheFolder,
  output: string,
  sizeBytes: number,
  name: string,
  onSpill: () => void,
): BodyFile {
  let isSpilled = false;
  let body = attempt(() => createBodyFile(folder, output, sizeBytes, name)) ?? spilled();

  function spilled(): BodyFile {
    isSpilled = true;
    onSpill();
    return createBodyFile(spillFolder(output), output, sizeBytes, name);
  }

  /** The bytes so far move with it; a body that was refused half way is rare enough to hold it in memory once. */
  function move(): void {
    const refused = body;
    const soFar = refused.readBack();
    body = spilled();
    refused.abandon();
    body.write(soFar);
  }

  return {
    write(bytes) {
      if (isSpilled) return body.write(bytes);
      if (attempt(() => (body.write(bytes), true)) === undefined) {
        move();
        body.write(bytes);
      }
    },
    /** A folder may refuse as late as the rename: `go clean -cache` removes the 256 subfolders. */
    finish() {
      if (isSpilled) return body.finish();
      try {
        return body.finish();
      } catch (cause) {
        if (cause instanceof BallastError) throw cause; // the bytes are wrong, not the folder
        move();
        return body.finish();
      }
    },
    abandon: () => body.abandon(),
    readBack: () => body.readBack(),
  };
}

/** The value, or `undefined` for a refusal of the file system. */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined; // whatever refused it, the other folder is the answer
  }
}

function spillPath(): string {
  return `${tmpdir()}/ballast-spill-${process.getuid?.() ?? 0}`;
}

function spillFolder(output: string): CacheFolder {
  const path = spillPath();
  mkdirSync(`${path}/${output.slice(0, 2)}`, { recursive: true, mode: 0o700 });
  mkdirSync(`${path}/tmp`, { recursive: true, mode: 0o700 });
  const owner = statSync(path).uid;
  if (process.getuid !== undefined && owner !== process.getuid()) throw new Error(`${path} belongs to somebody else`);
  return { path, ballastPath: path };
}

/** Removes what earlier runs spilled. */
export function sweepSpill(nowMs: number): void {
  removeOld(spillPath(), keepMs, nowMs);
}
