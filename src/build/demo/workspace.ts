/** The demo's temporary folder: a copy of the module, and everything that the builds write. */

import {
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { formatBytes } from "../../core/human-units.ts";
import { exampleNotes } from "../generated/example-notes.ts";
import { demoErrors } from "./errors.ts";

export interface Workspace {
  readonly folder: string;
  /** The one path at which all builds see the module: it is in Go's keys. */
  readonly module: string;
  /** Go's own temporary files. */
  readonly goWork: string;
  /** May be called at any time, and again. */
  remove(): void;
}

/** The built-in module takes 620 MB with Go 1.26: five caches of 100, server and archive 25 each, six binaries; the rest is room to breathe. */
const neededBytes = 750_000_000;

/** Copies `source`, or writes the built-in example. Throws `build/demo-no-room`, `build/demo-module-unfit`. */
export function createWorkspace(source: string | undefined): Workspace {
  if (source !== undefined) requireModule(source);
  const folder = makeFolder();
  const module = join(folder, "module");
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    requireRoom(folder);
    if (source === undefined) writeExample(module);
    else copyModule(source, module);
    age(module);
    mkdirSync(join(folder, "out"));
    const goWork = join(folder, "work");
    mkdirSync(goWork);
    return { folder, module, goWork, remove };
  } catch (cause) {
    remove();
    throw cause;
  }
}

function requireModule(source: string): void {
  const isModule = statSync(join(source, "go.mod"), { throwIfNoEntry: false })?.isFile() === true;
  if (!isModule) throw demoErrors.error("build/demo-module-unfit", `there is no go.mod in ${source}`);
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "ballast-demo-"));
  } catch (cause) {
    throw demoErrors.error("build/demo-no-room", `${tmpdir()}: ${(cause as Error).message}`, { cause });
  }
}

function requireRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw demoErrors.error("build/demo-no-room", `${dirname(folder)} has ${formatBytes(freeBytes)} left`);
}

function writeExample(module: string): void {
  for (const [path, text] of Object.entries(exampleNotes)) {
    mkdirSync(dirname(join(module, path)), { recursive: true });
    writeFileSync(join(module, path), text);
  }
}

/** Without its history, and without settings of Ballast's that would change what the demo shows. */
function copyModule(source: string, module: string): void {
  const left = new Set([".git", "ballast.yaml"]);
  try {
    cpSync(source, module, { recursive: true, verbatimSymlinks: true, filter: (path) => !left.has(basename(path)) });
  } catch (cause) {
    throw demoErrors.error("build/demo-module-unfit", `${source} cannot be copied: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Go does not cache what it knows of files younger than two seconds; those of a real checkout are older by then. */
function age(module: string): void {
  const past = Date.now() / 1000 - 3600;
  for (const path of new Bun.Glob("**/*").scanSync({ cwd: module, dot: true, onlyFiles: false, absolute: true })) {
    if (!lstatSync(path).isSymbolicLink()) lutimesSync(path, past, past);
  }
  lutimesSync(module, past, past);
}
