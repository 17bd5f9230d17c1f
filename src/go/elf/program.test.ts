/** Against programs that go builds here: by its own linker, by the host's, and changed afterwards. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyKind, classifyBody } from "../body-kind.ts";
import { type ElfFile, readElf } from "./elf-file.ts";
import { type GoBuildId, goBuildId } from "./go-identity.ts";
import { isLinkedByGo, programContent } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "program-"));

function build(name: string, source: string, ...flags: string[]): Buffer {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "go.mod"), "module example.org/program\n\ngo 1.24\n");
  writeFileSync(join(cwd, "main.go"), source);
  const env = { ...process.env, GOENV: "off", GOFLAGS: "", CGO_ENABLED: "1" };
  const child = Bun.spawnSync(["go", "build", "-o", "program", ...flags, "."], { cwd, env });
  if (child.exitCode !== 0) throw new Error(child.stderr.toString());
  return readFileSync(join(cwd, "program"));
}

const pure = "package main\n\nfunc main() { println(1) }\n";
const withC = 'package main\n\n// int two(void) { return 2; }\nimport "C"\n\nfunc main() { println(C.two()) }\n';
const programs = new Map<string, Buffer>();
const cCompiler = Bun.which("gcc");

beforeAll(() => {
  programs.set("plain", build("plain", pure));
  programs.set("stripped", build("stripped", pure, "-ldflags=-s -w"));
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(bytes: Buffer): { readonly file: ElfFile; readonly id: GoBuildId } {
  const file = readElf(bytes) as ElfFile;
  return { file, id: goBuildId(file) as GoBuildId };
}

function expectContent(bytes: Buffer): void {
  const { file, id } = read(bytes);
  expect(programContent(file, id)).toBe(id.linkContent);
}

test("go's linker alone made it, and the content's hash is the one in the build id", () => {
  for (const bytes of programs.values()) {
    expect(isLinkedByGo(read(bytes).file)).toBe(true);
    expect(classifyBody(bytes)).toBe(bodyKind.program);
    expectContent(bytes);
    expect(classifyBody(bytes.subarray(0, 100_000))).toBe(bodyKind.unknown);
  }
});

const hostTitle = "what the host's linker finished is told from it";
if (cCompiler === null) test.skip(`${hostTitle} [skipped: there is no gcc]`, () => undefined);
else {
  test(
    hostTitle,
    () => {
      const bytes = build("cgo", withC);
      expect(isLinkedByGo(read(bytes).file)).toBe(false);
      expect(classifyBody(bytes)).toBe(bodyKind.unknown);
      expectContent(bytes);
    },
    120_000,
  );
}

test("a byte that changed since shows, wherever it is but in the ids", () => {
  const plain = programs.get("plain") as Buffer;
  const { id } = read(plain);
  for (const share of [0.1, 0.5, 0.9]) {
    const changed = Buffer.from(plain);
    const at = Math.floor(changed.length * share);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(programContent(read(changed).file, id)).not.toBe(id.linkContent);
  }
});
