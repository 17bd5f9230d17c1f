/** Finding and reading ballast.yaml. Synchronous: the helper reads it before it may answer, and a promise costs more. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { coreErrors } from "./core-errors.ts";
import type { SettingsFile } from "./settings.ts";

/** The file's name, the same in every repository. */
const settingsFileName = "ballast.yaml";

const settingsFileLimitBytes = 1_000_000;

/**
 * The nearest ballast.yaml from `directory` upwards; `undefined` when there is none. The search ends at the root of
 * the repository (the folder with `.git`), so that a file above a checkout never changes how the checkout is built.
 */
export function findSettingsFile(directory: string): string | undefined {
  let folder = resolve(directory);
  for (;;) {
    const candidate = join(folder, settingsFileName);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder || existsSync(join(folder, ".git"))) return undefined;
    folder = parent;
  }
}

/** Reads and parses the file. Throws `core/settings-file-unreadable`, `-too-large` or `-malformed`. */
export function readSettingsFile(path: string): SettingsFile {
  const text = readLimited(path);
  const values = parse(path, text);
  if (values === null || values === undefined) return { path, values: {} };
  if (typeof values === "object" && !Array.isArray(values)) return { path, values: { ...values } };
  throw coreErrors.error("core/settings-file-malformed", `${path} holds no mapping at its top level`);
}

/** The nearest file, read; `undefined` when there is none. */
export function loadSettingsFile(directory: string): SettingsFile | undefined {
  const path = findSettingsFile(directory);
  return path === undefined ? undefined : readSettingsFile(path);
}

function readLimited(path: string): string {
  let sizeBytes: number;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error("it is not a regular file");
    sizeBytes = stat.size;
    if (sizeBytes <= settingsFileLimitBytes) return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.error("core/settings-file-unreadable", `${path}: ${reason}`, { cause });
  }
  throw coreErrors.error("core/settings-file-too-large", `${path} has ${sizeBytes} bytes`);
}

function parse(path: string, text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw coreErrors.error("core/settings-file-malformed", `${path}: ${reason}`, { cause });
  }
}
