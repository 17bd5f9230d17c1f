/** With types, against `go vet`: with dependencies compiled and vet results cold, and after one edit. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { BenchFailure } from "../measure/failure.ts";
import { runRounds, type Arm, type Series } from "../measure/rounds.ts";
import { choosePackages } from "../setup/change-choice.ts";
import { parsePackages, type GoPackage } from "../setup/package-list.ts";
import type { WorkFolder } from "../setup/work-folder.ts";
import { runChecked } from "./check-run.ts";

export interface TypedStage {
  readonly executable: string;
  readonly work: WorkFolder;
  /** The checkout. */
  readonly folder: string;
  readonly rounds: number;
  readonly note: (text: string) => void;
  /** Without a GOCACHE. */
  readonly env: Readonly<Record<string, string>>;
}

const fillDeadlineMs = 30 * 60_000;
const vet = ["go", "vet", "-json", "./..."];

/** Compiles everything that vet and the probe need, once; what an earlier bench left in the same work folder is used. */
export async function compileAll(stage: TypedStage): Promise<void> {
  const argv = ["go", "list", "-e", "-export", "-deps", "-test", "-f", "{{.ImportPath}}", "./..."];
  await run(argv, stage.folder, { ...stage.env, GOCACHE: stage.work.at("compiled"), GOFLAGS: "-mod=mod" });
}

function checkRequest(stage: TypedStage, cache: string, name: string): Parameters<typeof runChecked>[0] {
  const home = stage.work.at("home");
  return {
    argv: [stage.executable, "check", "--only", "go", "--format", "json"],
    cwd: stage.folder,
    env: { ...stage.env, GOCACHE: cache, XDG_CACHE_HOME: home },
    logFile: stage.work.at(`${name}.log`),
  };
}

/** A GOCACHE in which all is compiled and nothing vetted. A copy of links: files of GOCACHE are never written twice. */
async function compiledCache(stage: TypedStage, name: string): Promise<string> {
  const copy = stage.work.fresh(name);
  await run(["cp", "-al", `${stage.work.at("compiled")}/.`, copy], "/", stage.env);
  return copy;
}

/** Each round neither vet nor the checker has seen the module. */
export async function coldRounds(stage: TypedStage): Promise<readonly Series[]> {
  const arm = (name: string, argv: readonly string[]): Arm => ({
    name,
    unit: "ms",
    async run() {
      const cache = await compiledCache(stage, "cold");
      const { wallMs, ...details } = await runChecked({ ...checkRequest(stage, cache, "cold"), argv });
      return { value: wallMs, details };
    },
  });
  const check = [stage.executable, "check", "--only", "go", "--no-cache", "--format", "json"];
  // The probe is built once for each Go: that is no part of a check.
  await runChecked(checkRequest(stage, await compiledCache(stage, "cold"), "probe"));
  return runRounds([arm("cold: go vet", vet), arm("cold: ballast check", check)], stage.rounds, stage.note);
}

/** Edits of a package that only one imports, or of one that nearly a third do; each arm has a GOCACHE of its own. */
export async function editRounds(stage: TypedStage, where: "leaf" | "shared"): Promise<readonly Series[]> {
  const packages = await modulePackages(stage);
  const { package: chosen, importers } = choosePackages([...packages, mainOf(packages)])[where];
  const arms = await Promise.all(
    (["go vet", "ballast check"] as const).map(async (title) => {
      const cache = stage.work.at(`cache of ${title}`);
      const request = checkRequest(
        stage,
        existsSync(cache) ? cache : await compiledCache(stage, basename(cache)),
        title,
      );
      return { title, request: title === "go vet" ? { ...request, argv: vet } : request };
    }),
  );
  for (const { request } of arms) await runChecked(request);
  const file = join(stage.folder, chosen.folder, chosen.goFiles[0] ?? "");
  const original = readFileSync(file, "utf8");
  const startedMs = Date.now();
  const edits = arms.map(({ title, request }): Arm => ({
    name: `edit below ${importers} importers: ${title}`,
    unit: "ms",
    async run(round) {
      // Both arms of a round see one edit, and no two rounds the same.
      writeFileSync(file, `${original}\nfunc ballastEdit() int { return ${startedMs + round} }\n`);
      const { wallMs, ...details } = await runChecked(request);
      return { value: wallMs, details };
    },
  }));
  try {
    return await runRounds(edits, stage.rounds, stage.note);
  } finally {
    writeFileSync(file, original);
  }
}

async function modulePackages(stage: TypedStage): Promise<GoPackage[]> {
  const argv = ["go", "list", "-json=ImportPath,Dir,Name,GoFiles,CgoFiles,Imports,Module", "./..."];
  return parsePackages(await run(argv, stage.folder, stage.env), stage.folder);
}

/** A module that is a library has no main: it is taken as if one imported all. */
function mainOf(packages: readonly GoPackage[]): GoPackage {
  const imports = packages.map(({ importPath }) => importPath);
  return { importPath: "all", folder: "", goFiles: [], imports, isOfModule: true, isMain: true, usesCgo: false };
}

async function run(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const limits = { deadlineMs: fillDeadlineMs, outputCapBytes: 100_000_000 };
  const result = await runProcess({ argv, cwd, env, ...limits });
  if (result.exitCode !== 0) throw new BenchFailure(`${argv.join(" ")}: ${result.stderr.slice(-2000)}`);
  return result.stdout;
}
