/** The reader of GOCOVERDIR folders gives what `go tool covdata textfmt` gives, for each Go that writes them. */

import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireSuccess, runProcess } from "../../src/core/process.ts";
import { createFunctionReader } from "../../src/build/coverage/go-functions.ts";
import { readCoverdataFolder } from "../../src/go/cover/covdata/read-folder.ts";
import { figureOf } from "../../src/go/cover/profile.ts";
import { readProfile } from "../../src/go/cover/read-profile.ts";
import { testWith } from "../with-component.ts";

const lib = `package lib

func F(n int) int {
	if n > 1 {
		return 1
	}
	return 2
}

type T struct{}

func (*T) M() func() int {
	return func() int { return 3 }
}
`;

const main = `package main

import (
	"os"

	"example.org/covered/lib"
)

func main() {
	for range os.Args {
		println(lib.F(len(os.Args)), (&lib.T{}).M())
	}
}
`;

class Program implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ballast-covdata-"));
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(toolchain: string) {
    this.#env = { ...process.env, GOENV: "off", GOFLAGS: "", GOTOOLCHAIN: toolchain };
    mkdirSync(join(this.folder, "lib"));
    writeFileSync(join(this.folder, "go.mod"), "module example.org/covered\n\ngo 1.22\n");
    writeFileSync(join(this.folder, "main.go"), main);
    writeFileSync(join(this.folder, "lib", "lib.go"), lib);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    const result = await runProcess({ argv, cwd: this.folder, env: { ...this.#env, ...env }, deadlineMs: 240_000 });
    requireSuccess(argv, result);
  }

  async output(argv: readonly string[]): Promise<string> {
    const result = await runProcess({ argv, cwd: this.folder, env: this.#env, deadlineMs: 60_000 });
    return requireSuccess(argv, result).stdout.trim();
  }

  /** Runs the covered program with each number of arguments. */
  async cover(data: string, flags: readonly string[], runs: readonly number[]): Promise<void> {
    mkdirSync(this.path(data), { recursive: true });
    await this.run(["go", "build", "-cover", ...flags, "-o", "program", "."]);
    for (const count of runs) {
      await this.run([this.path("program"), ...Array.from({ length: count }, () => "x")], {
        GOCOVERDIR: this.path(data),
      });
    }
  }

  async expectEqual(data: string): Promise<void> {
    await this.run(["go", "tool", "covdata", "textfmt", `-i=${data}`, "-o=text.out"]);
    const { binaries } = readCoverdataFolder(this.path(data));
    expect(binaries.map(({ profile }) => profile)).toEqual([readProfile(this.path("text.out")).profile]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function compareAll(toolchain: string): Promise<void> {
  using program = new Program(toolchain);
  await program.cover("set", [], [0, 2]);
  await program.expectEqual("set");
  await program.cover("count", ["-covermode=count", "-coverpkg=./...,fmt"], [0, 1, 4]);
  await program.expectEqual("count");
  await program.cover("never", ["-covermode=atomic"], [0]);
  for (const name of readdirSync(program.path("never"))) {
    if (name.startsWith("covcounters")) rmSync(program.path(join("never", name)));
  }
  expect(figureOf(readCoverdataFolder(program.path("never")).binaries[0]!.profile).covered).toBe(0);
  mkdirSync(program.path("merged"));
  await program.run(["go", "tool", "covdata", "merge", "-i=count", "-o=merged"]);
  await program.expectEqual("merged");
}

describe("folders of GOCOVERDIR", () => {
  test("Go on PATH", () => compareAll("local"), 240_000);
  testWith("go1.24", "Go 1.24.13", () => compareAll("go1.24.13"), 240_000);
  testWith("go1.27", "Go 1.27.4", () => compareAll("go1.27.4"), 240_000);

  test("the checker's parser finds the functions that Go 1.26 finds, where it finds them", async () => {
    using program = new Program("local");
    await program.cover("data", ["-coverpkg=./...,fmt"], []);
    await program.run([program.path("program")], { GOCOVERDIR: program.path("data") });
    const [binary] = readCoverdataFolder(program.path("data")).binaries;
    const root = await program.output(["go", "env", "GOROOT"]);
    const read = createFunctionReader();
    let compared = 0;
    for (const [file, functions] of binary!.functions) {
      const path = file.startsWith("fmt/")
        ? join(root, "src", file)
        : program.path(file.replace("example.org/covered/", ""));
      const places = new Map(read(path, readFileSync(path, "utf8")).functions.map((place) => [place.name, place]));
      for (const { name, units } of functions) {
        const lines = units.flatMap(({ startLine, endLine }) => [startLine, endLine]);
        const place = places.get(name);
        expect(place?.startLine).toBe(Math.min(...lines));
        expect(place?.endLine).toBeGreaterThanOrEqual(Math.max(...lines));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  }, 120_000);

  test("what is damaged is refused, wherever the damage is", async () => {
    using program = new Program("local");
    await program.cover("data", [], [0]);
    const folder = program.path("data");
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const whole = readFileSync(path);
      for (let size = 0; size < whole.length; size += 7) {
        writeFileSync(path, whole.subarray(0, size));
        expect(() => readCoverdataFolder(folder)).toThrow(expect.objectContaining({ code: "go/cover-malformed" }));
      }
      for (let at = 0; at < whole.length; at += 3) {
        const bent = Uint8Array.from(whole);
        bent[at] = (bent[at] ?? 0) ^ 0xff;
        writeFileSync(path, bent);
        expectAnswer(folder);
      }
      writeFileSync(path, whole);
    }
    appendFileSync(join(folder, "covmeta.none"), "x");
    expect(readCoverdataFolder(folder).binaries).toHaveLength(1);
  }, 120_000);
});

/** A changed number may go unseen; a failure must be one of ours. */
function expectAnswer(folder: string): void {
  try {
    readCoverdataFolder(folder);
  } catch (cause) {
    expect((cause as { code?: string }).code).toMatch(/^go\/cover-/);
  }
}
