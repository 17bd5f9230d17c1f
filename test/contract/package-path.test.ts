/** What a compiled package says of itself, by the compilers of all Go versions that Ballast supports. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyKind, classifyBody } from "../../src/go/body-kind.ts";
import { type BodySubject, subjectOfBody } from "../../src/go/package-path.ts";
import { testWith } from "../with-component.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-compilers-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
let serial = 0;

/** Compiles a source that imports nothing, in the way of cmd/go. */
function compile(goProgram: string, path: string, name: string, source: string): Buffer {
  const folder = join(work, String(serial++));
  mkdirSync(folder);
  writeFileSync(join(folder, name), source);
  const cmd = [
    goProgram,
    "tool",
    "compile",
    "-pack",
    "-p",
    path,
    "-trimpath",
    `${folder}=>/src/m`,
    "-o",
    join(folder, "a"),
    join(folder, name),
  ];
  const { exitCode, stderr } = Bun.spawnSync({ cmd, env: environment(), stderr: "pipe" });
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  return readFileSync(join(folder, "a"));
}

/** A component's `go` must not be replaced by the version that some setting names, and finds its own root. */
function environment(): Record<string, string | undefined> {
  return { ...process.env, GOTOOLCHAIN: "local", GOROOT: undefined, GOENV: "off" };
}

function subjectsBy(goProgram: string): { version: string; subjects: BodySubject[] } {
  const version = Bun.spawnSync({ cmd: [goProgram, "env", "GOVERSION"], env: environment() })
    .stdout.toString()
    .trim();
  const library = "package y\n\nfunc F(x int) int { return x + 1 }\n";
  const bodies = [
    compile(goProgram, "unicode/utf8", "y.go", library),
    compile(goProgram, "example.org/a.b-c/x.y", "y.go", library),
    compile(goProgram, "example.org/é/y", "y.go", library),
    compile(goProgram, "example.org/y", "y_test.go", library),
    compile(goProgram, "main", "main.go", "package main\n\nfunc main() { println(1) }\n"),
  ];
  for (const body of bodies) expect(classifyBody(body)).toBe(bodyKind.package);
  return { version, subjects: bodies.map((body) => subjectOfBody(bodyKind.package, body)) };
}

function expectSubjects(goProgram: string, versionStart: string): void {
  const { version: goVersion, subjects } = subjectsBy(goProgram);
  expect(goVersion).toStartWith(versionStart);
  expect(subjects).toEqual([
    { package: "unicode/utf8", goVersion },
    { package: "example.org/a.b-c/x.y", goVersion },
    { package: "example.org/é/y", goVersion },
    { package: "example.org/y", variant: "tests", goVersion },
    { package: "main", folder: "/src/m", goVersion },
  ]);
}

describe("a compiled package says which it is", () => {
  test("by the Go on PATH", () => expectSubjects("go", "go1."));
  for (const name of ["go1.24", "go1.25", "go1.27"]) {
    testWith(name, `by ${name}`, (folder) => expectSubjects(join(folder, "bin", "go"), name));
  }
});
