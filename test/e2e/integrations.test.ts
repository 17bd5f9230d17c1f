/** What integrations/ offers, on the platforms' own machinery: an empty runner compiles nothing that another one compiled. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { testWith } from "../with-component.ts";
import { commit, createProject, type PipelineProject, runGitlabJob, runWorkflow } from "./pipeline-runs.ts";
import { createClient, serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";

const integrations = join(new URL("../..", import.meta.url).pathname, "integrations");
const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const sha256 = new Bun.CryptoHasher("sha256").update(executable === "" ? "" : readFileSync(executable)).digest("hex");
const [reading, writing] = ["r".repeat(20), "w".repeat(20)];
const folder = temporaryFolder();
let server: ServerProcess;

beforeAll(async () => {
  writeFileSync(join(folder.path, "tokens"), `read ${reading}\nwrite ${writing}\n`);
  server = await serve(join(folder.path, "data"), [], { BALLAST_TOKEN_FILE: join(folder.path, "tokens") });
});

afterAll(async () => {
  await server.end("SIGTERM");
  folder.remove();
});

async function entriesOf(scope: string): Promise<number> {
  const answer = await createClient(server.url, { token: reading }).request("/v1/stats");
  const { scopes } = (await answer.json()) as { scopes: { scope: string; entries: number }[] };
  return scopes.find((found) => found.scope === scope)?.entries ?? 0;
}

/** A runner that has never built anything. */
function forget(project: PipelineProject): void {
  rmSync(project.home, { recursive: true, force: true });
  mkdirSync(project.home);
}

function workflow(inputs: Readonly<Record<string, string>>): string {
  const lines = Object.entries(inputs).map(([name, value]) => `          ${name}: ${value}\n`);
  return `on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./integrations/github
        with:
${lines.join("")}      - run: go build -v ./...
`;
}

async function githubProject(inputs: Readonly<Record<string, string>>): Promise<PipelineProject> {
  const project = await createProject(".github/workflows/ci.yml", workflow(inputs));
  cpSync(join(integrations, "github"), join(project.folder, "integrations/github"), { recursive: true });
  await commit(project);
  return project;
}

describe("the GitHub action", () => {
  testWith(
    "act",
    "gives an empty runner what another one compiled, with the executable of the release that was named",
    async (act) => {
      const url = `file://${executable}`;
      const project = await githubProject({ server: server.url, url, sha256, token: writing });
      try {
        expect(await runWorkflow(project, act, "build")).toBe(true);
        expect(await entriesOf("main")).toBeGreaterThan(0);
        forget(project);
        await commit(project);
        expect(await runWorkflow(project, act, "build")).toBe(false);
      } finally {
        project.remove();
      }
    },
    120_000,
  );

  testWith(
    "act",
    "does not start what is not what was released; without a server it builds all the same",
    async (act) => {
      const url = `file://${executable}`;
      const wrong = await githubProject({ server: server.url, url, sha256: "0".repeat(64), token: writing });
      const away = await githubProject({ server: "http://127.0.0.1:1", url, sha256, token: writing });
      try {
        await expect(runWorkflow(wrong, act, "build")).rejects.toThrow(/sha256sum|FAILED|exit/i);
        expect(await runWorkflow(away, act, "build")).toBe(true);
      } finally {
        wrong.remove();
        away.remove();
      }
    },
    120_000,
  );
});

describe("the GitLab template", () => {
  testWith(
    "rsync",
    "gives an empty runner what another one compiled, and a read token reads",
    async (rsync) => {
      const head = `include:\n  - local: ballast.yml\nvariables:\n  BALLAST_SERVER: ${server.url}\n  BALLAST_URL: file://${executable}\n  BALLAST_SHA256: "${sha256}"\n  BALLAST_SCOPE: gitlab\n`;
      const job = (name: string, token: string): string =>
        `${name}:\n  extends: .ballast\n  variables:\n    ${token}\n  script:\n    - go build -v ./...\n`;
      const text = `${head}${job("first", `BALLAST_WRITE_TOKEN: ${writing}`)}${job("second", `BALLAST_READ_TOKEN: ${reading}`)}`;
      const project = await createProject(".gitlab-ci.yml", text);
      try {
        copyFileSync(join(integrations, "gitlab/ballast.yml"), join(project.folder, "ballast.yml"));
        await commit(project);
        expect(await runGitlabJob(project, rsync, "first")).toBe(true);
        const entries = await entriesOf("gitlab");
        expect(entries).toBeGreaterThan(0);
        expect(await runGitlabJob(project, rsync, "second")).toBe(false);
        expect(await entriesOf("gitlab")).toBe(entries);
      } finally {
        project.remove();
      }
    },
    120_000,
  );
});

describe("all of them", () => {
  test("pass Ballast's own check of pipelines and shells", async () => {
    const project = join(folder.path, "project");
    mkdirSync(project);
    cpSync(join(integrations, "jenkins/vars"), join(project, "vars"), { recursive: true });
    copyFileSync(join(integrations, "gitlab/ballast.yml"), join(project, ".gitlab-ci.yml"));
    const step = "withBallast(server: 'https://cache', credentialsId: 'w') { sh 'go build ./...' }";
    const stages = `stages { stage('B') { steps { ${step} } } }`;
    writeFileSync(join(project, "Jenkinsfile"), `@Library('x') _\npipeline { agent any\n ${stages} }\n`);
    const checked = await runProcess({
      argv: [executable, "check", "--only", "ci", "--json"],
      cwd: project,
      deadlineMs: 60_000,
    });
    const { summary } = JSON.parse(checked.stdout) as { summary: object };
    expect(summary).toMatchObject({ files: 2, errors: 0, partial: 0 });
  });

  test("the action's script sets nothing from an input of several lines", async () => {
    const environment = join(folder.path, "github-env");
    writeFileSync(environment, "");
    symlinkSync(executable, join(folder.path, "ballast"));
    const env = {
      PATH: `${folder.path}:${process.env["PATH"] ?? ""}`,
      GITHUB_ENV: environment,
      RUNNER_TEMP: folder.path,
      INPUT_SERVER: "http://x\nLD_PRELOAD=/evil.so",
      ...Object.fromEntries(["URL", "SHA256", "TOKEN", "AUDIENCE", "CA_FILE"].map((name) => [`INPUT_${name}`, ""])),
    };
    const argv = ["bash", join(integrations, "github/setup.sh")];
    expect((await runProcess({ argv, env, deadlineMs: 10_000 })).exitCode).toBe(2);
    expect(readFileSync(environment, "utf8")).toBe("");
  });
});
