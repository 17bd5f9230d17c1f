/** Writes down, right after the tests, what their profile does not say of itself. */

import { hasCode } from "../../core/errors.ts";
import { requireSuccess, runProcess } from "../../core/process.ts";
import { overlapsOf } from "../../go/cover/overlaps.ts";
import { type CoverProfile, packageOfFile } from "../../go/cover/profile.ts";
import { listChanged, openGit, readHead } from "../prepare/git.ts";
import type { CoverCommand } from "./cover-command.ts";
import { addTrueBlocks, type CoverTool, readFileFacts } from "./file-facts.ts";
import { openModuleFiles } from "./module-files.ts";
import type { CoverageRecord, FileFacts, PackageResult } from "./record.ts";
import { probeTempFolder } from "./temp-folder.ts";

export interface FinishedTests {
  readonly command: CoverCommand;
  readonly tool: CoverTool;
  readonly profile: CoverProfile;
  readonly profileHash: string;
  readonly exitCode: number;
  readonly timeMs: number;
  /** Absent where go's output was not seen. */
  readonly results: readonly PackageResult[] | undefined;
  /** What an earlier record says of the sources. */
  readonly knownFiles: Readonly<Record<string, FileFacts>> | undefined;
}

const goDeadlineMs = 60_000;

/** Throws what starting go throws. */
export async function makeRecord(tests: FinishedTests): Promise<CoverageRecord> {
  const { command, tool, profile, profileHash, exitCode, timeMs, results, knownFiles } = tests;
  const [toolchain, state] = await Promise.all([askToolchain(tool), askGit(command.cwd)]);
  const modules = openModuleFiles(command.cwd);
  const facts = readFileFacts(profile, modules, knownFiles);
  const files = await addTrueBlocks(facts, doubtfulFiles(tests, toolchain), modules, tool);
  const tempFolder = exitCode === 0 ? undefined : await probeTempFolder(tool.env);
  return {
    version: 1,
    profileHash,
    timeMs,
    toolchain,
    patterns: command.patterns,
    coverpkg: command.coverpkg,
    testFlags: command.testFlags,
    ...state,
    exitCode,
    ...(results && { results }),
    ...(tempFolder && { tempFolder }),
    files,
  };
}

/**
 * Files whose blocks are compared with the source: those with blocks that overlap, and, by a Go that keeps outdated
 * profiles, all that a cached result may speak of.
 */
function doubtfulFiles({ profile, command, results }: FinishedTests, toolchain: string): string[] {
  const overlapping = overlapsOf(profile).map(({ file }) => file);
  const cached = new Set(results?.filter(({ isCached }) => isCached).map(({ path }) => path));
  const mayBeOutdated =
    command.coverpkg !== "" && keepsOutdatedProfiles(toolchain) && (results === undefined || cached.size > 0);
  if (!mayBeOutdated) return overlapping;
  // A package's own change makes its own tests run again.
  const others = [...profile.files.keys()].filter((file) => !cached.has(packageOfFile(file)) || cached.size > 1);
  return [...new Set([...overlapping, ...others])];
}

/** golang/go#74873: seen in 1.25.0 and in the source of 1.25.9; 1.25.14 and 1.26.8 have the fix. */
export function keepsOutdatedProfiles(toolchain: string): boolean {
  const match = /^go1\.25(?:\.(\d+)|rc|beta|\s|$)/.exec(toolchain);
  return match !== null && Number(match[1] ?? "0") < 14;
}

async function askToolchain({ go, cwd, env }: CoverTool): Promise<string> {
  const argv = [go, "env", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"];
  const result = await runProcess({ argv, cwd, env, deadlineMs: goDeadlineMs, outputCapBytes: 10_000 });
  const [version = "", os = "", arch = ""] = requireSuccess(argv, result).stdout.trim().split("\n");
  return `${version} ${os}/${arch}`;
}

/** Nothing where there is no checkout, or no git. */
async function askGit(cwd: string): Promise<Pick<CoverageRecord, "commit" | "isDirty">> {
  try {
    const git = await openGit(cwd, new AbortController().signal);
    const head = await readHead(git);
    if (head === undefined) return {};
    return { commit: head.commit, isDirty: (await listChanged(git)).size > 0 };
  } catch (cause) {
    const isAbsent = ["build/not-a-checkout", "core/process-not-started"].some((code) => hasCode(cause, code));
    if (isAbsent || hasCode(cause, "core/process-failed")) return {};
    throw cause;
  }
}
