/**
 * Runs small pipelines on this machine: GitHub's with act, GitLab's with gitlab-ci-local. Every job begins with an empty
 * home folder, so that what it need not compile came through the platform's cache.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runProcess } from "../../src/core/process.ts";

const root = new URL("../..", import.meta.url).pathname;
const ballast = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const deadlineMs = 60_000;

export interface PipelineProject {
  readonly folder: string;
  readonly home: string;
  readonly remove: () => void;
}

/** A module of one package that imports nothing, so that to compile it takes a tenth of a second. */
const sources = {
  "go.mod": "module example.com/shared\n\ngo 1.24\n",
  "go.sum": "",
  "shared.go": "package shared\n\nfunc One() int { return 1 }\n",
};

/** What `go build -v` prints when it compiles the package. */
const compiledLine = "example.com/shared";

export async function createProject(path: string, pipeline: string): Promise<PipelineProject> {
  const top = mkdtempSync(join(tmpdir(), "ballast-pipeline-"));
  const project = {
    folder: join(top, "repo"),
    home: join(top, "home"),
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
  for (const [name, text] of Object.entries({ ...sources, [path]: pipeline, ".gitignore": ".gitlab-ci-local/\n" })) {
    mkdirSync(dirname(join(project.folder, name)), { recursive: true });
    writeFileSync(join(project.folder, name), text);
  }
  mkdirSync(project.home);
  await run(project, ["git", "init", "-q", "-b", "main"]);
  await run(project, ["git", "remote", "add", "origin", "https://gitlab.example.com/group/shared.git"]);
  await commit(project);
  return project;
}

/** A commit, empty if need be: the next run has another one. */
export async function commit(project: PipelineProject): Promise<void> {
  await run(project, ["git", "add", "-A"]);
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  await run(project, ["git", ...who, "commit", "-q", "--allow-empty", "-m", "change"]);
}

/** Applies every fix of the pipeline rules, as a person would. */
export async function fixPipeline(project: PipelineProject): Promise<void> {
  const fixed = await run(project, [ballast, "check", "--only", "ci", "--fix=unsafe"], [0, 1]);
  if (!/fix/.test(fixed)) throw new Error(`nothing was fixed:\n${fixed}`);
  await commit(project);
}

async function run(
  project: PipelineProject,
  argv: readonly string[],
  allowed: readonly number[] = [0],
  programs = "",
): Promise<string> {
  const env = {
    PATH: `${programs}:${process.env["PATH"] ?? ""}`,
    HOME: project.home,
    TMPDIR: tmpdir(),
    GOENV: "off",
    GOTOOLCHAIN: "local",
    // The checkout lies in another folder in each job, unlike on a platform's own runners.
    GOFLAGS: "-trimpath -buildvcs=false",
  };
  const result = await runProcess({ argv, cwd: project.folder, env, deadlineMs });
  const output = `${result.stdout}${result.stderr}`;
  if (!allowed.includes(result.exitCode ?? -1)) {
    throw new Error(`${argv.join(" ")} exited ${result.exitCode}\n${output}`);
  }
  return output;
}

/** Runs a workflow with act on this machine; whether `job` compiled the package. */
export async function runWorkflow(project: PipelineProject, actFolder: string, job: string): Promise<boolean> {
  const standIns = join(project.home, "../actions");
  layStandIns(standIns);
  const flags = [
    ["-P", "ubuntu-latest=-self-hosted"],
    ["--local-repository", `actions/cache@v4=${join(standIns, "cache")}`],
    ["--local-repository", `actions/setup-go@v5=${join(standIns, "setup-go")}`],
    ["--cache-server-addr", "127.0.0.1"],
    ["--cache-server-path", join(project.home, "../caches")],
    ["--action-cache-path", join(project.home, "../workspaces")],
    ["--concurrent-jobs", "1"],
  ].flat();
  const output = await run(project, [join(actFolder, "bin/act"), "push", ...flags]);
  const lines = output.split("\n").filter((line) => new RegExp(`^\\[[^\\]]*/${job} *\\]`).test(line));
  if (!lines.some((line) => line.includes("Job succeeded"))) throw new Error(`job ${job} did not succeed:\n${output}`);
  return lines.some((line) => line.trimEnd().endsWith(`| ${compiledLine}`));
}

function layStandIns(target: string): void {
  rmSync(target, { recursive: true, force: true });
  const own = join(root, "test/e2e/act-actions");
  for (const name of ["cache", "setup-go"]) {
    cpSync(join(own, name), join(target, name), { recursive: true });
    cpSync(join(own, "store.mjs"), join(target, name, "store.mjs"));
  }
}

/** Runs one GitLab job on an empty machine; whether it compiled the package. */
export async function runGitlabJob(project: PipelineProject, rsyncFolder: string, job: string): Promise<boolean> {
  const builds = join(project.folder, ".gitlab-ci-local/builds");
  for (const folder of [project.home, builds]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(project.home);
  const program = [process.execPath, join(root, "node_modules/.bin/gitlab-ci-local")];
  // By itself it says /builds/GROUP/PROJECT, where in a shell nothing is.
  const place = ["--variable", `CI_PROJECT_DIR=${join(builds, job)}`];
  const argv = [...program, "--force-shell-executor", "--shell-isolation", ...place, job];
  const output = await run(project, argv, [0], join(rsyncFolder, "bin"));
  return output.split("\n").some((line) => line.trimEnd().endsWith(` ${compiledLine}`));
}
