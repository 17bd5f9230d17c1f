/**
 * The name under which a run leaves its manifest and looks for the last one's, when nobody gave it one: the module
 * and the go command's own words, less what does not change what is compiled. The server keeps it and shows it, so a
 * value that may be a secret has no place in it: what the linker is told, and the words of a program that go starts.
 */

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseGoCommand } from "../../go/command-line.ts";
import { limits } from "../protocol/limits.ts";
import type { RunJob } from "../protocol/run.ts";

/** Flags of go whose values say where something goes, who runs it, or what the linker writes: no package changes. */
const leftOutFlags = new Set(
  (
    "o C exec toolexec vettool outputdir coverprofile cpuprofile memprofile blockprofile mutexprofile trace " +
    "debug-actiongraph ldflags"
  ).split(" "),
);

export interface JobFacts {
  /** BALLAST_JOB. */
  readonly name: string | undefined;
  readonly cwd: string;
  /** The go command's words, `go` itself first; empty when they cannot be read. */
  readonly goWords: readonly string[];
  readonly goos: string;
  readonly goarch: string;
  readonly revision: string;
}

export function nameJob(facts: JobFacts): RunJob {
  const { folder, module } = findModule(facts.cwd);
  const place = facts.cwd === folder ? "." : facts.cwd.slice(folder.length + 1);
  const target = `${facts.goos}/${facts.goarch}`;
  const words = tellingWords(facts.goWords.slice(1)).join(" ");
  const job = facts.name ?? `${module} ${place} ${target} go ${words}`;
  return {
    job: job.slice(0, limits.jobLength),
    family: `${module} ${target}`.slice(0, limits.jobLength),
    revision: facts.revision.slice(0, limits.jobLength),
  };
}

/** What the go command was, for whoever asks later who wrote an entry; empty when it is not known. */
export function commandText(goWords: readonly string[]): string {
  return tellingWords(goWords.slice(1)).join(" ").slice(0, commandCharsMax);
}

const commandCharsMax = 200;

/** The verb, the flags and the packages. */
function tellingWords(words: readonly string[]): string[] {
  const { verb, flags, packages } = parseGoCommand(words);
  const told = flags.filter(({ name }) => !leftOutFlags.has(name));
  return [
    verb,
    ...told.map(({ name, value }) => (value === undefined ? `-${name}` : `-${name}=${value}`)),
    ...packages,
  ];
}

/** The module around a folder, by its go.mod; the folder's own path where there is none. */
function findModule(cwd: string): { readonly folder: string; readonly module: string } {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const module = moduleOf(`${folder}/go.mod`);
    if (module !== undefined) return { folder, module };
    if (dirname(folder) === folder) return { folder: cwd, module: cwd };
  }
}

function moduleOf(path: string): string | undefined {
  try {
    return /^module\s+"?([^\s"]+)/m.exec(readFileSync(path, "utf8"))?.[1];
  } catch {
    return undefined; // further up
  }
}

/** The words of the process that started this one; Linux only. */
export function parentWords(parentId: number): string[] {
  try {
    return readFileSync(`/proc/${parentId}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return []; // another system: runs of one module then share a name
  }
}
