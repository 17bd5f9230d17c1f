import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleNotes } from "../generated/example-notes.ts";
import { createWorkspace } from "./workspace.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-workspace-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the built-in program lies there whole, and old enough for Go's index", () => {
  const workspace = createWorkspace(undefined);
  try {
    for (const [path, text] of Object.entries(exampleNotes)) {
      const file = join(workspace.module, path);
      expect(lstatSync(file)).toMatchObject({ size: Buffer.byteLength(text) });
      expect(Date.now() - lstatSync(file).mtimeMs).toBeGreaterThan(60_000);
    }
    expect(Object.keys(exampleNotes)).toContain("go.mod");
  } finally {
    workspace.remove();
  }
  workspace.remove();
  expect(existsSync(workspace.folder)).toBe(false);
});

test("a module is copied with its links, without its history and without settings of Ballast", () => {
  const source = join(work, "source");
  mkdirSync(join(source, ".git"), { recursive: true });
  writeFileSync(join(source, "go.mod"), "module example.org/m\n");
  writeFileSync(join(source, "ballast.yaml"), "cache:\n  mode: read-only\n");
  symlinkSync("nowhere", join(source, "dangling"));
  const workspace = createWorkspace(source);
  expect(readdirSync(workspace.module).toSorted()).toEqual(["dangling", "go.mod"]);
  expect(lstatSync(join(workspace.module, "dangling")).isSymbolicLink()).toBe(true);
  workspace.remove();
});

test("a folder that is no module is refused, and nothing is left", () => {
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("ballast-demo-"));
  const before = left();
  mkdirSync(join(work, "empty"));
  expect(() => createWorkspace(join(work, "empty"))).toThrow(
    expect.objectContaining({ code: "build/demo-module-unfit" }),
  );
  expect(left()).toEqual(before);
});
