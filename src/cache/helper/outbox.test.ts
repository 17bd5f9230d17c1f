import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { listOutbox, type Outbox, outboxPath, readOutbox, writeOutbox } from "./outbox.ts";

const path = mkdtempSync(`${tmpdir()}/ballast-outbox-`);
const folder = { path, ballastPath: path };
afterAll(() => rmSync(path, { recursive: true }));

const offer = {
  action: Buffer.alloc(32, 1),
  output: Buffer.alloc(32, 2),
  sizeBytes: 5,
  timeNs: 1_700_000_000_123_456_789n,
  costMs: 9,
  path: "/cache/02/02-d",
};

const outbox: Outbox = {
  context: {
    scope: "main",
    ancestors: [],
    toolchain: "ab".repeat(32),
    image: "cd".repeat(32),
    provenance: { run: "7" },
  },
  share: ["compile"],
  sharedFolders: ["/go/src/"],
  offers: [offer, offer],
  programs: [{ action: offer.action, sizeBytes: 7, timeNs: 8n, costMs: 1400, path: "/job/program" }],
};

test("what was kept is read back as it was", () => {
  expect(writeOutbox(folder, outbox, 1000)).toBe(true);
  const [file] = listOutbox(folder, Date.now());
  const read = readOutbox(file as string);
  expect(read).toEqual(outbox);
});

test("what waited for a day is given up, what is torn holds nothing", () => {
  const torn = `${outboxPath(folder)}/2000-1.json`;
  writeFileSync(torn, '[["aa",');
  expect(readOutbox(torn)).toBeUndefined();
  const old = Date.now() / 1000 - 2 * 86_400;
  utimesSync(torn, old, old);
  expect(listOutbox(folder, Date.now())).toHaveLength(1);
});

test("a folder that cannot be written to says so", () => {
  writeFileSync(`${path}/file`, "");
  expect(writeOutbox({ path, ballastPath: `${path}/file` }, outbox, 1)).toBe(false);
});
