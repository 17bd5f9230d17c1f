import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMovedAway } from "./moved-away.ts";

const folder = mkdtempSync(join(tmpdir(), "moved-away-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a program outside of GOCACHE would be moved, everything else stays where it is", () => {
  const program = join(folder, "program");
  const archive = join(folder, "archive");
  writeFileSync(program, "\x7fELF and so on");
  writeFileSync(archive, "!<arch>\n");
  expect(isMovedAway(program, "/elsewhere")).toBe(true);
  expect(isMovedAway(program, folder)).toBe(false);
  expect(isMovedAway(program, folder.slice(0, -1))).toBe(true);
  expect(isMovedAway(archive, "/elsewhere")).toBe(false);
  expect(isMovedAway(join(folder, "gone"), "/elsewhere")).toBe(true);
});
