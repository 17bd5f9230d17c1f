import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { findScope } from "./checked-scope.ts";
import { discover } from "./discovery.ts";
import type { Discovery } from "./discovery.ts";
import { fileKind } from "./file-kind.ts";
import { gitOutput } from "./git.ts";

const home = mkdtempSync(join(tmpdir(), "discovery-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const env = { PATH: process.env["PATH"], HOME: home, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
const signal = new AbortController().signal;
let counter = 0;

function tree(files: Readonly<Record<string, string>>): string {
  const folder = join(home, `t${counter++}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function find(folder: string, useGit: boolean, paths: readonly string[] = []): Promise<Discovery> {
  return discover({ scope: findScope(folder, paths), exclude: [], env, signal, useGit });
}

describe("finding files", () => {
  test("the walk without git lists what git lists, for any .gitignore", async () => {
    const names = fc.constantFrom("a", "b", "c.go", "d.yml", "e f", "A", "[a]");
    const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const pattern = fc
      .tuple(
        fc.constantFrom("", "!"),
        fc.constantFrom("", "/", "**/"),
        fc.constantFrom("a", "b", "*.go", "c*", "a/b", "?", "e f", "**", "A", "\\[a]", "\\!", "#"),
        fc.constantFrom("", "/", "/**", "/*"),
      )
      .map((parts) => parts.join(""));
    const ignoreFile = fc.tuple(fc.constantFrom("", "a/", "a/b/", "[a]/"), fc.array(pattern, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(path, { minLength: 1, maxLength: 8 }),
        fc.array(ignoreFile, { maxLength: 2 }),
        async (paths, ignores) => {
          // A leaf of its own, so that no path is both a file and a folder.
          const files = paths.map((one) => [`${one}/leaf.go`, ""] as const);
          const rules = ignores.map(([folder, lines]) => [`${folder}.gitignore`, `${lines.join("\n")}\n`] as const);
          const folder = tree(Object.fromEntries([["go.mod", ""], ...files, ...rules]));
          await gitOutput({ folder, env, signal }, ["init", "-q"]);
          const [own, git] = [await find(folder, false), await find(folder, true)];
          expect(git.usedGit).toBe(true);
          expect(own.usedGit).toBe(false);
          expect(own.paths).toEqual(git.paths);
          // The root's rules hold in a folder that was named, too.
          const named = [dirname(files[0]![0])];
          expect((await find(folder, false, named)).paths).toEqual((await find(folder, true, named)).paths);
        },
      ),
      {
        numRuns: 60,
        // A folder that the root ignores and an inner file takes back.
        examples: [
          [
            ["a/b/e f", "a"],
            [
              ["", ["**/b/*"]],
              ["a/b/", ["!e f"]],
            ],
          ],
        ],
      },
    );
  });

  test("the module of a named folder is found above it, up to the checkout", async () => {
    const folder = tree({ "go.mod": "module m", "a/b/p.go": "", "c.go": "" });
    expect((await find(join(folder, "a/b"), false)).paths).toEqual(["a/b/p.go", "go.mod"]);
    expect(findScope(join(folder, "a"), []).root).toBe(folder);
  });

  test("symlinks are not followed, too deep folders are reported, and a broken .gitignore harms nobody", async () => {
    const folder = tree({ "p.go": "", [`${"d/".repeat(70)}p.go`]: "" });
    symlinkSync(".", join(folder, "loop"));
    symlinkSync("p.go", join(folder, "link.go"));
    symlinkSync(".gitignore", join(folder, ".gitignore"));
    const { files, partial } = await find(folder, false);
    expect(files.map(({ path }) => path)).toEqual(["p.go"]);
    expect(partial.map(({ reason }) => reason)).toEqual(["not entered: more than 64 folders deep"]);
  });

  test("kinds are told by name", () => {
    const kinds = {
      "a/b.go": "go",
      "go.work": "go-module",
      ".github/workflows/x.yaml": "pipeline",
      "ci/build.gitlab-ci.yml": "pipeline",
      "act/action.yml": "pipeline",
      "Jenkinsfile.release": "groovy",
      "vars/x.groovy": "groovy",
      "docker/Dockerfile.dev": "docker",
      "api.Dockerfile": "docker",
      "compose.override.yml": "docker",
      "docker-bake.hcl": "bake",
      "deploy/x.yaml": "yaml",
      Makefile: "script",
    } as const;
    for (const [path, kind] of Object.entries(kinds)) expect(fileKind(path)).toBe(kind);
    expect(fileKind("README.md")).toBeUndefined();
  });
});
