/**
 * A body on its way into a folder in Go's format: written to a temporary file, hashed as it is written, and renamed
 * to its name only when its hash is its name.
 */

import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { outputPath } from "../../go/gocache/entry-file.ts";
import { protocolErrors } from "../protocol/errors.ts";
import type { CacheFolder } from "./folder.ts";
import type { FilePrint } from "./record.ts";

/** A body at its place, and what its file looks like there. */
export interface FinishedBody {
  readonly path: string;
  readonly print: FilePrint;
}

export interface BodyFile {
  write(bytes: Uint8Array): void;
  /** Moves the body to its name. Throws `protocol/body-mismatch`, or what the file system throws. */
  finish(): FinishedBody;
  /** Removes what was written. Harmless after `finish`. */
  abandon(): void;
  /** What was written so far, for whoever must begin again elsewhere. */
  readBack(): Buffer;
}

/**
 * `serial` must differ between the bodies that one process has under way. In a container every helper may have the
 * same process id, and a killed one leaves its temporary files: hence the random part.
 */
export function createBodyFile(folder: CacheFolder, output: string, sizeBytes: number, serial: string): BodyFile {
  const random = Math.random().toString(36).slice(2, 10);
  const temporary = `${folder.ballastPath}/tmp/${process.pid}-${serial}-${random}`;
  const hasher = new Bun.CryptoHasher("sha256");
  let file: number | undefined = openSync(temporary, "wx");
  let writtenBytes = 0;

  function closeFile(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  function abandon(): void {
    closeFile();
    rmSync(temporary, { force: true });
  }

  return {
    write(bytes) {
      for (let done = 0; done < bytes.length;) done += writeSync(file as number, bytes, done);
      hasher.update(bytes);
      writtenBytes += bytes.length;
    },
    finish() {
      closeFile();
      if (writtenBytes !== sizeBytes || hasher.digest("hex") !== output) {
        abandon();
        throw protocolErrors.error("protocol/body-mismatch", `the body of ${output} came as something else`);
      }
      const path = outputPath(folder.path, output);
      renameSync(temporary, path);
      return { path, print: printOf(path) as FilePrint };
    },
    abandon,
    readBack: () => readFileSync(temporary).subarray(0, writtenBytes),
  };
}

/** What a body's file looks like now; `undefined` where there is none or a folder. */
export function printOf(path: string): FilePrint | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined || !info.isFile() ? undefined : info;
}
