import { expect, test } from "bun:test";
import { isPurged, type Purge, type PurgeMatch } from "./purge.ts";
import type { Candidate } from "./slot-state.ts";

const candidate: Candidate = {
  version: 10,
  source: "a",
  output: "ab".repeat(32),
  kind: 1,
  sizeBytes: 1,
  timeNs: 1n,
  putMs: 5000,
  costMs: 0,
  provenance: '{"run":"7","actor":"mallory"}',
};

function purge(match: PurgeMatch, changes: Partial<Purge> = {}): Purge {
  const base = { id: "0".repeat(32), version: 20, source: "b", createdMs: 6000, expiresMs: 9000, by: "{}" };
  return { ...base, keepsOut: false, match, ...changes };
}

function falls(match: PurgeMatch, changes: Partial<Purge> = {}, nowMs = 7000): boolean {
  return isPurged(purge(match, changes), { scope: "main" }, candidate, nowMs);
}

test.each([
  [{}, true],
  [{ provenance: { run: "7" } }, true],
  [{ provenance: { run: "8" } }, false],
  [{ provenance: { run: "7", actor: "alice" } }, false],
  [{ provenance: { ref: "main" } }, false],
  [{ scope: "main", kind: 1, output: "ab".repeat(32), sinceMs: 5000 }, true],
  [{ scope: "pr/1" }, false],
  [{ kind: 6 }, false],
  [{ output: "cd".repeat(32) }, false],
  [{ sinceMs: 5001 }, false],
] as const)("%j: %p", (match, expected) => {
  expect(falls(match)).toBe(expected);
});

test("what was written afterwards falls under it only if it keeps out", () => {
  expect(falls({ provenance: { run: "7" } }, { version: 9 })).toBe(false);
  expect(falls({ provenance: { run: "7" } }, { version: 9, keepsOut: true })).toBe(true);
});

test("it ends", () => {
  expect(falls({}, {}, 8999)).toBe(true);
  expect(falls({}, {}, 9000)).toBe(false);
});
