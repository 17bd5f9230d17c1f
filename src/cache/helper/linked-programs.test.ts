import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actionPath } from "../../go/gocache/entry-file.ts";
import { findLinkedPrograms, type ProgramSearch } from "./linked-programs.ts";

const folder = mkdtempSync(join(tmpdir(), "linked-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An action whose base64 has both characters that URLs write otherwise. */
const action = Buffer.from("fb".repeat(16) + "ff".repeat(16), "hex");
const other = Buffer.alloc(32, 7);
let serial = 0;

function writeProgram(place: string, linkAction: Buffer, sizeBytes = 5000): string {
  const part = linkAction.subarray(0, 15).toString("base64url");
  const rest = "A".repeat(20);
  const path = join(place, `program-${serial++}`);
  writeFileSync(path, `\x7fELF${"\0".repeat(900)}Go\0\0${[part, rest, rest, rest].join("/")}`.padEnd(sizeBytes, "\0"));
  chmodSync(path, 0o755);
  return path;
}

function newPlace(): string {
  const place = join(folder, String(serial++));
  mkdirSync(place);
  return place;
}

function search(place: string, more: Partial<ProgramSearch> = {}): string[] {
  const nowMs = performance.now();
  const missedMs = new Map([[action.toString("base64"), nowMs - 1200]]);
  const options = { place, folder, missedMs, startMs: nowMs - 60_000, nowMs, limitBytes: 1e6, ...more };
  return findLinkedPrograms(options).map(({ path }) => path);
}

test("a program whose link step was missed is found, in a folder or by its name", () => {
  const place = newPlace();
  const path = writeProgram(place, action);
  writeFileSync(join(place, "notes.txt"), "not a program");
  mkdirSync(join(place, "folder"));
  symlinkSync("loop", join(place, "loop"));
  expect(search(place)).toEqual([path]);
  expect(search(path)).toEqual([path]);
  const nowMs = performance.now();
  const missedMs = new Map([[action.toString("base64"), nowMs - 1200]]);
  const [found] = findLinkedPrograms({ place, folder, missedMs, startMs: 0, nowMs, limitBytes: 1e6 });
  expect(found).toMatchObject({ action, sizeBytes: 5000, costMs: 1200 });
});

test("what this run did not link stays", () => {
  const place = newPlace();
  writeProgram(place, other);
  expect(search(place)).toEqual([]);
  const old = writeProgram(place, action);
  utimesSync(old, 1e9, 1e9);
  expect(search(place)).toEqual([]);
  expect(search(join(place, "nowhere"))).toEqual([]);
});

test("what is an entry already is not looked at again", () => {
  const place = newPlace();
  writeProgram(place, action);
  const entry = actionPath(place, action.toString("hex"));
  mkdirSync(join(entry, ".."), { recursive: true });
  writeFileSync(entry, "");
  expect(search(place, { folder: place })).toEqual([]);
});

test("the newest are taken, within the limit", () => {
  const place = newPlace();
  const first = writeProgram(place, action, 6000);
  const second = writeProgram(place, action, 6000);
  const nowS = Date.now() / 1000;
  utimesSync(first, nowS - 5, nowS - 5);
  expect(search(place, { limitBytes: 10_000 })).toEqual([second]);
  expect(search(place)).toEqual([second, first]);
  expect(search(place, { limitBytes: 0 })).toEqual([]);
});
