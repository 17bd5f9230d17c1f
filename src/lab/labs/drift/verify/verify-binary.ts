/** `--verify`: builds a program again as it says it was built, and where that gives another one, finds out what differs. */

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ElfFile, readElf } from "../../../../go/elf/elf-file.ts";
import { type GoBuildInfo, goBuildInfo } from "../../../../go/elf/go-identity.ts";
import type { Bench } from "../../../bench.ts";
import { cleanGo, type CleanGo } from "../../../clean-environment.ts";
import { driftErrors } from "../errors.ts";
import { locateInPrograms, type Location } from "../where/locate.ts";
import { compiledFolder, recordedBuild, type RecordedBuild } from "./recorded-build.ts";
import { type Attempt, attemptsFor } from "./attempts.ts";

/** A factor whose level then and now differ; `undefined` where the program does not say. */
export interface NamedFactor {
  readonly factor: string;
  readonly was: string;
  readonly now: string;
  /** Building with the level of then gave the same program: proven. Otherwise it was read from the program. */
  readonly isProven: boolean;
}

export interface VerifyAnalysis {
  readonly binary: string;
  readonly package: string;
  readonly go: string;
  /** The command, without the environment. */
  readonly command: string;
  readonly isEqual: boolean;
  readonly factors: readonly NamedFactor[];
  /** What was tried, and whether it gave the same program. */
  readonly attempts: readonly { readonly name: string; readonly outcome: "equal" | "other" | "failed" }[];
  /** Absent where the rebuilt program is equal. */
  readonly where?: Location;
}

/** What an attempt needs to know. */
export interface VerifyGround {
  readonly bench: Bench;
  readonly module: string;
  readonly go: CleanGo;
  readonly recorded: RecordedBuild;
  readonly info: GoBuildInfo;
  readonly file: ElfFile;
}

const mostBytes = 2_000_000_000;

/** Throws `lab/not-a-program`, `lab/module-does-not-build` and `lab/go-unusable`. */
export async function verifyBinary(bench: Bench, binary: string, module: string): Promise<VerifyAnalysis> {
  const { file, info } = readProgram(binary);
  const ground: VerifyGround = {
    bench,
    module,
    info,
    file,
    recorded: recordedBuild(info),
    go: await cleanGo(bench, module),
  };
  using folder = bench.folder("verify");
  const path = join(folder.path, "program");
  const first = await rebuild(ground, path, asRecorded(ground));
  const toolchain = toolchainFactor(ground, first.isOtherToolchain);
  const common = {
    binary,
    package: info.path,
    go: info.goVersion,
    command: `go build ${ground.recorded.flags.join(" ")} ${info.path}`,
  };
  if (isSame(file, path)) {
    return { ...common, isEqual: true, factors: [], attempts: [{ name: "as recorded", outcome: "equal" }] };
  }
  const where = locateInPrograms(file.bytes, readFileSync(path));
  const { proven, tried } = await tryAttempts(ground, path, attemptsFor(ground, where));
  const seen = await seenFactors(ground, where);
  const factors = proven === undefined ? [...toolchain, ...seen] : [proven];
  return { ...common, isEqual: false, factors, attempts: [{ name: "as recorded", outcome: "other" }, ...tried], where };
}

function readProgram(binary: string): { readonly file: ElfFile; readonly info: GoBuildInfo } {
  const bytes = readBytes(binary);
  const file = readElf(bytes);
  const info = file === undefined ? undefined : goBuildInfo(file);
  if (file === undefined || info === undefined || info.path === "") {
    throw driftErrors.error("lab/not-a-program", binary);
  }
  return { file, info };
}

function readBytes(binary: string): Buffer {
  try {
    if (statSync(binary).size > mostBytes) throw new Error(`larger than ${mostBytes} bytes`);
    return readFileSync(binary);
  } catch (cause) {
    throw driftErrors.error("lab/not-a-program", `${binary}: ${(cause as Error).message}`, { cause });
  }
}

function isSame(file: ElfFile, path: string): boolean {
  return file.bytes.equals(readFileSync(path));
}

function asRecorded({ module, recorded }: VerifyGround): Attempt {
  return { factor: "", was: "", now: "", cwd: module, flags: recorded.flags, env: recorded.env };
}

/** With the toolchain of the program, or where that cannot be had, with the one that is there. */
async function rebuild(
  ground: VerifyGround,
  path: string,
  attempt: Attempt,
): Promise<{ readonly isOtherToolchain: boolean }> {
  const isOther = ground.recorded.goVersion !== ground.go.goEnv["GOVERSION"];
  const named = isOther ? { GOTOOLCHAIN: ground.recorded.goVersion } : {};
  const result = await buildOnce(ground, path, attempt, named);
  if (result.exitCode === 0) return { isOtherToolchain: false };
  const again = isOther ? await buildOnce(ground, path, attempt, {}) : result;
  if (again.exitCode !== 0) throw driftErrors.error("lab/module-does-not-build", again.stderr.trim().slice(-2000));
  return { isOtherToolchain: true };
}

function buildOnce(ground: VerifyGround, path: string, attempt: Attempt, extra: Readonly<Record<string, string>>) {
  ground.bench.status(
    `building ${ground.info.path} ${attempt.factor === "" ? "as recorded" : `with ${attempt.factor} ${attempt.was}`}`,
  );
  const env = { ...ground.go.env, ...attempt.env, ...extra };
  const argv = ["go", "build", ...attempt.flags, "-o", path, ground.info.path];
  return ground.bench.run(argv, { cwd: attempt.cwd, env, deadlineMs: 20 * 60_000 });
}

async function tryAttempts(ground: VerifyGround, path: string, attempts: readonly Attempt[]) {
  const tried: { name: string; outcome: "equal" | "other" | "failed" }[] = [];
  for (const attempt of attempts) {
    const { factor, was, now } = attempt;
    const cwd = (await attempt.prepare?.()) ?? attempt.cwd;
    const result = await buildOnce(ground, path, { ...attempt, cwd }, {});
    const isEqual = result.exitCode === 0 && isSame(ground.file, path);
    const failedOr = result.exitCode === 0 ? "other" : "failed";
    tried.push({ name: `${factor} ${was}`, outcome: isEqual ? "equal" : failedOr });
    if (isEqual) return { proven: { factor, was, now, isProven: true }, tried };
  }
  return { proven: undefined, tried };
}

function toolchainFactor({ recorded, go }: VerifyGround, isOther: boolean): NamedFactor[] {
  if (!isOther) return [];
  return [{ factor: "toolchain", was: recorded.goVersion, now: go.goEnv["GOVERSION"] ?? "", isProven: false }];
}

/** What can be read from the two programs: module information that differs, and folders in the line table. */
async function seenFactors(ground: VerifyGround, where: Location): Promise<NamedFactor[]> {
  const settings = (where.programs?.settings ?? []).filter(({ key }) => key !== "go" && key !== "mod");
  const read = settings.map(({ key, from = "not there", to = "not there" }) => ({
    factor: factorOfSetting(key),
    was: from,
    now: to,
    isProven: false,
  }));
  const byFactor = [...Map.groupBy(read, ({ factor }) => factor).values()].flatMap((group) => group.slice(0, 1));
  return [...byFactor, ...(await folderFactors(ground))];
}

function factorOfSetting(key: string): string {
  if (key === "vcs.revision" || key === "vcs.time") return "commit";
  if (key === "vcs.modified") return "dirty";
  return key;
}

async function folderFactors(ground: VerifyGround): Promise<NamedFactor[]> {
  if (ground.recorded.isTrimmed) return [];
  const { goEnv, env } = ground.go;
  const goroot = goEnv["GOROOT"] ?? "";
  const thenRoot = compiledFolder(ground.file, "proc.go", (folder) => folder.endsWith("/src/runtime"))?.replace(
    /\/src\/runtime$/,
    "",
  );
  const format = "{{.Dir}}\n{{range .GoFiles}}{{.}}\n{{end}}{{range .CgoFiles}}{{.}}\n{{end}}";
  const argv = ["go", "list", "-e", "-f", format, ground.info.path];
  const listed = await ground.bench.run(argv, { cwd: ground.module, env, deadlineMs: 120_000 });
  const [now = "", ...sources] = listed.stdout.split("\n").filter((line) => line !== "");
  const isOurs = (folder: string): boolean =>
    !folder.startsWith(`${thenRoot ?? goroot}/`) && !folder.includes("/pkg/mod/");
  const was = sources.map((name) => compiledFolder(ground.file, name, isOurs)).find((folder) => folder !== undefined);
  const named = (factor: string, before: string | undefined, after: string): NamedFactor[] =>
    before === undefined || before === after ? [] : [{ factor, was: before, now: after, isProven: false }];
  return [...named("workdir", was, now), ...named("goroot", thenRoot, goroot)];
}
