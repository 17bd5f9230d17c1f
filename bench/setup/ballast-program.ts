/** Ballast as its users have it: the compiled executable and the launcher. */

import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { BenchFailure, verify } from "../measure/failure.ts";

export interface BallastProgram {
  readonly executable: string;
  /** What people type; it looks whether a source is newer than the executable, then becomes it. */
  readonly launcher: string;
  readonly version: string;
  /** SHA-256, hex. */
  readonly digest: string;
  /** Throws when the executable is another one than at the start: a source was changed while the bench ran. */
  requireUnchanged(): void;
}

const root = resolve(import.meta.dir, "../..");

/** Builds the executable if it is missing or old. */
export function findBallast(): BallastProgram {
  const made = Bun.spawnSync({ cmd: ["sh", join(root, "scripts/make-executable.sh")], stderr: "inherit" });
  if (made.exitCode !== 0) throw new BenchFailure("the executable could not be built; what is wrong is said above");
  const executable = made.stdout.toString().trim();
  const digest = digestOf(executable);
  const stamp = stampOf(executable);
  const version = Bun.spawnSync({ cmd: [executable, "--version"] })
    .stdout.toString()
    .trim();
  return {
    executable,
    launcher: join(root, "ballast"),
    version,
    digest,
    requireUnchanged() {
      verify(stampOf(executable) === stamp, "the executable was built anew during the bench: run it again");
    },
  };
}

/** A build renames a new file into place. */
function stampOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return [ino, mtimeMs, size].join(" ");
}

/** Of a file, SHA-256, hex. */
export function digestOf(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
