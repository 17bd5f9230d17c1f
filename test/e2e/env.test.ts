/** `ballast env`: what it prints makes plain `go` use Ballast, through a real shell and a real build. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

let go: GoFixture;
/** A blank and a quote, which the value must carry through the shell, through Go and into the helper. */
let summary = "";

beforeAll(async () => {
  go = await createGoFixture();
  mkdirSync(join(go.folder, "it's here"));
  summary = join(go.folder, "it's here", "summary");
});
afterAll(() => go[Symbol.dispose]());

const env = (flags: readonly string[], extra: Record<string, string> = {}): Promise<GoResult> =>
  go.run([...ballast, "env", ...flags], extra);

/** How many lookups the helpers of a build answered, as they say themselves. */
function getsIn(path: string): number {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.reduce((sum, line) => sum + (JSON.parse(line) as { gets: number }).gets, 0);
}

describe("a shell's line", () => {
  test("makes plain go build through Ballast", async () => {
    const words = [...ballast, "env", "--summary-file", summary].map((word) => `"${word}"`).join(" ");
    const built = await go.run(["sh", "-c", `eval "$(${words})" && go build ./... && go env GOCACHEPROG`], {
      GOCACHE: go.newCache("by shell"),
    });
    expect(built).toMatchObject({ exitCode: 0, stderr: "" });
    expect(built.stdout).toContain(`cacheprog --summary-file "${summary}"\n`);
    expect(getsIn(summary)).toBeGreaterThan(0);
  });

  test("has each shell's own form", async () => {
    const line = async (...flags: string[]): Promise<string> => (await env(flags)).stdout;
    const executable = ballast[0] ?? "";
    expect(await line()).toStartWith(`export GOCACHEPROG='${executable}`);
    expect(await line("--shell", "bash")).toBe(await line("--shell", "sh"));
    expect(await line("--shell", "fish")).toStartWith(`set -gx GOCACHEPROG '${executable}`);
    expect(await line("--shell", "powershell")).toStartWith(`$env:GOCACHEPROG = '${executable}`);
  });

  test("carries no token, wherever one is set", async () => {
    const { stdout } = await env(["--server", "http://cache:7420"], { BALLAST_TOKEN: "s3cret-token" });
    expect(stdout).toContain("--server http://cache:7420'\n");
    expect(stdout).not.toContain("s3cret");
    expect(await env(["--server", "http://me:s3cret@cache:7420"])).toMatchObject({ exitCode: 2, stdout: "" });
  });

  test("does not depend on a broken ballast.yaml or variable, and refuses a broken flag", async () => {
    expect(await env([], { BALLAST_MODE: "rw" })).toMatchObject({ exitCode: 0, stderr: "" });
    const refused = await env(["--wait-limit", "soon"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("--wait-limit");
  });
});

describe("--github", () => {
  test("appends what GitHub hands to the later steps", async () => {
    const file = join(go.folder, "github env");
    writeFileSync(file, "BEFORE=1");
    const summaryFile = join(go.folder, "github summary");
    const done = await env(["--github", "--summary-file", summaryFile], { GITHUB_ENV: file });
    expect(done).toMatchObject({ exitCode: 0, stdout: "" });
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines).toEqual(["BEFORE=1", expect.stringContaining("GOCACHEPROG=") as string, ""]);
    const GOCACHEPROG = readFileSync(file, "utf8").split("\n")[1]?.slice("GOCACHEPROG=".length) ?? "";
    const GOCACHE = go.newCache("by github");
    expect(await go.run(["go", "build", "./..."], { GOCACHE, GOCACHEPROG })).toMatchObject({ exitCode: 0 });
    expect(getsIn(summaryFile)).toBeGreaterThan(0);
  });

  test("is refused outside a job, where it cannot write, and with a shell", async () => {
    const outside = await env(["--github"]);
    expect(outside).toMatchObject({ exitCode: 2, stdout: "" });
    expect(outside.stderr).toContain("code: build/github-env-unusable");
    expect(await env(["--github"], { GITHUB_ENV: join(go.folder, "no", "file") })).toMatchObject({ exitCode: 2 });
    expect(existsSync(join(go.folder, "no"))).toBe(false);
    expect(await env(["--github", "--shell", "fish"])).toMatchObject({ exitCode: 2 });
  });
});
