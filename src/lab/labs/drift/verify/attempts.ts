/** What may have been otherwise although the program does not say so: each is tried by a build. */

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Location } from "../where/locate.ts";
import { type ElfFile, findSection } from "../../../../go/elf/elf-file.ts";
import type { VerifyGround } from "./verify-binary.ts";

export interface Attempt {
  readonly factor: string;
  readonly was: string;
  readonly now: string;
  readonly cwd: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Makes the folder to build in, where it is another one; `undefined` keeps `cwd`. */
  prepare?(): Promise<string | undefined>;
}

/** The likely ones first. */
export function attemptsFor(ground: VerifyGround, where: Location): readonly Attempt[] {
  return [...strippedAttempts(ground), ...compilerAttempts(ground, where), ...commitAttempts(ground, where)];
}

function base({ module, recorded }: VerifyGround): Pick<Attempt, "cwd" | "flags" | "env"> {
  return { cwd: module, flags: recorded.flags, env: recorded.env };
}

/** Under -trimpath go does not write -ldflags down; a program without symbols shows them all the same. */
function strippedAttempts(ground: VerifyGround): Attempt[] {
  const { file, info } = ground;
  const was = strippedBy(file);
  if (was === "" || info.settings.has("-ldflags")) return [];
  const own = base(ground);
  return [{ ...own, factor: "ldflags", was, now: "not set", flags: [...own.flags, `-ldflags=${was}`] }];
}

function strippedBy(file: ElfFile): string {
  const has = (name: string): boolean => findSection(file, name) !== undefined;
  if (!has(".symtab")) return "-s -w";
  return has(".debug_info") || has(".zdebug_info") ? "" : "-w";
}

/** The name under which the C compiler was called is in the link step's key, and nowhere else. */
function compilerAttempts(ground: VerifyGround, where: Location): Attempt[] {
  if (where.kind !== "build-id") return [];
  const own = base(ground);
  const now = ground.go.goEnv["CC"] ?? "gcc";
  const path = Bun.which(now, { PATH: ground.go.env["PATH"] ?? "" });
  const names = [path, "gcc", "clang", "cc", "/usr/bin/gcc", "/usr/bin/cc", "/usr/local/bin/gcc"];
  const other = [...new Set(names)].filter(
    (name): name is string => name !== null && name !== now && isThere(name, ground),
  );
  return other.map((was) => ({ ...own, factor: "cc", was, now, env: { ...own.env, CC: was } }));
}

function isThere(name: string, { go }: VerifyGround): boolean {
  return name.startsWith("/") ? existsSync(name) : Bun.which(name, { PATH: go.env["PATH"] ?? "" }) !== null;
}

/** A clone of the commit that the program names; its place shows in the program unless paths were trimmed. */
function commitAttempts(ground: VerifyGround, where: Location): Attempt[] {
  const { recorded, bench, module, go } = ground;
  const changed = where.programs?.settings.find(({ key }) => key === "vcs.revision" || key === "vcs.modified");
  const { revision } = recorded;
  if (!recorded.isTrimmed || changed === undefined || revision === undefined || !/^[0-9a-f]{40,64}$/.test(revision)) {
    return [];
  }
  const prepare = async (isDirty: boolean): Promise<string | undefined> => {
    const clone = bench.folder("clone").path;
    const git = async (cwd: string, ...args: string[]): Promise<string> => {
      const result = await bench.run(["git", ...args], { cwd, env: go.env, deadlineMs: 300_000 });
      return result.exitCode === 0 ? result.stdout.trim() : "";
    };
    const top = await git(module, "rev-parse", "--show-toplevel");
    await git(clone, "clone", "-q", "--no-hardlinks", "--no-checkout", "--", top, "tree");
    const tree = join(clone, "tree");
    if (!existsSync(tree)) return undefined;
    await git(tree, "checkout", "-q", "--detach", revision);
    if (isDirty) await Bun.write(join(tree, "ballast-untracked"), "");
    return join(tree, relative(top, module));
  };
  const factor = changed.key === "vcs.modified" ? "dirty" : "commit";
  const attempt = { ...base(ground), factor, was: changed.from ?? "not there", now: changed.to ?? "not there" };
  return [{ ...attempt, prepare: () => prepare(recorded.wasModified) }];
}
