/** The repository keeps its own conventions. Each failure says what to do; the rules are in the files beside this one. */

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cannotExistInCi, components, componentsThatCannotExistInCi } from "../../scripts/component-table.ts";
import { findTestFiles, readDeclaredComponents, soak, suites } from "../../scripts/test-suites.ts";
import {
  findCommandNameViolations,
  findDeadLinks,
  findErrorCodeViolations,
  findLeftoverNotes,
  findLengthViolations,
  findNameViolations,
  findUnpinnedVersions,
} from "./file-rules.ts";
import { findFloorViolations } from "./floors.ts";
import { findHotPathViolations, staticClosure } from "./import-closure.ts";
import { findFiles, parsedFile, readText, root, sourceFiles } from "./repository.ts";

const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** The limits that the linter enforces in the editor, so that there is one place to state them. */
function lengthLimits(): { fileLines: number; functionLines: number } {
  const { rules } = JSON.parse(readText(".oxlintrc.json")) as { rules: Record<string, [string, { max: number }]> };
  return {
    fileLines: rules["eslint/max-lines"]![1].max,
    functionLines: rules["eslint/max-lines-per-function"]![1].max,
  };
}

describe("the source", () => {
  test("files import from their own room and lower floors only", () => {
    expect(findFloorViolations(sourceFiles())).toEqual([]);
  });

  test("starting the helper loads no package and nothing of the server", () => {
    expect(findHotPathViolations(staticClosure("src/cli/commands/cacheprog.ts", parsedFile))).toEqual([]);
  });

  test("files are named after what they hold", () => {
    expect(findNameViolations(findFiles("{src,test,scripts,bench}/**/*.ts"))).toEqual([]);
  });

  test("files and functions are short", () => {
    // What is generated grows with what it is made of; nobody reads or edits it.
    const files = findFiles("{src,scripts,bench}/**/*.ts").filter(
      (path) => !isTest(path) && !path.includes("/generated/"),
    );
    expect(findLengthViolations(files.map(parsedFile), lengthLimits())).toEqual([]);
  });

  test("error codes begin with their room and are declared once", () => {
    expect(findErrorCodeViolations(sourceFiles().filter((file) => !isTest(file.path)))).toEqual([]);
  });

  test("a command's file has the command's name", async () => {
    const files = findFiles("src/cli/commands/*.ts").filter((path) => !isTest(path));
    const commands = await Promise.all(
      files.map(async (file) => {
        const { command } = (await import(join(root, file))) as { command?: { path: readonly string[] } };
        return { file, path: command?.path ?? ["(exports no `command`)"] };
      }),
    );
    expect(findCommandNameViolations(commands)).toEqual([]);
  });

  test("holds no notes to oneself", () => {
    expect(findLeftoverNotes(sourceFiles())).toEqual([]);
  });
});

describe("generated files and documents", () => {
  test("are what the code says (else: npm run generate)", () => {
    const check = Bun.spawnSync({ cmd: [process.execPath, "scripts/generate.ts", "--check"], cwd: root });
    expect({
      status: check.exitCode,
      said: check.exitCode === 0 ? "" : check.stdout.toString() + check.stderr.toString(),
    }).toEqual({
      status: 0,
      said: "",
    });
  });

  test("link to files that exist", () => {
    const documents = findFiles("*.md", "{docs,bench,examples}/**/*.md");
    const dead = documents.flatMap((path) => findDeadLinks(path, readText(path), (to) => existsSync(join(root, to))));
    expect(dead).toEqual([]);
  });
});

describe("the tests", () => {
  test("belong to a suite each", () => {
    const found = new Set([...suites, soak].flatMap((suite) => findTestFiles(root, suite)));
    const lost = findFiles("**/*.test.ts").filter((path) => !found.has(path));
    expect(
      lost.map((path) => `${path}: no suite of scripts/test-suites.ts finds it: move it, or add its folder`),
    ).toEqual([]);
  });

  test("declare components that the table has, for files that exist", () => {
    const names = new Set(components.map((component) => component.name));
    const problems = Object.entries(readDeclaredComponents(root)).flatMap(([file, declared]) => [
      ...(existsSync(join(root, file)) ? [] : [`test/components.json: ${file} does not exist: take it out`]),
      ...declared
        .filter((name) => !names.has(name))
        .map((name) => `test/components.json: ${file}: scripts/component-table.ts has no ${name}`),
    ]);
    expect(problems).toEqual([]);
  });

  test("may be skipped in CI for these components only", () => {
    expect(componentsThatCannotExistInCi).toEqual(["cgroup-v2", "nixpkgs", "bazel-rules", "ci-platforms"]);
    expect(cannotExistInCi.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });
});

describe("the packages", () => {
  test("are pinned", () => {
    const { dependencies, devDependencies } = JSON.parse(readText("package.json")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    expect(findUnpinnedVersions({ ...dependencies, ...devDependencies })).toEqual([]);
  });
});
