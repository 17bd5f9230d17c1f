/** `ballast prepare` with real git and real `go test`: what is cached across fresh checkouts, and what must not be. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

/** Reads a file, lists a folder, asks about another, and resolves links: each of them is in Go's record of the test. */
const testSource = `package reader

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReads(t *testing.T) {
	text, err := os.ReadFile("testdata/input.txt")
	if err != nil || string(text) != "alpha" {
		t.Fatalf("%q, %v", text, err)
	}
	if _, err := os.ReadDir("testdata/listed"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("testdata"); err != nil {
		t.Fatal(err)
	}
	if _, err := filepath.EvalSymlinks("testdata/link"); err != nil {
		t.Fatal(err)
	}
}
`;

let go: GoFixture;
let origin = "";
let checkout = "";
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());

beforeEach(async () => {
  serial++;
  origin = join(go.folder, `origin ${serial}`);
  checkout = join(go.folder, `checkout ${serial}`);
  await git(go.folder, "init", "--quiet", origin);
  mkdirSync(join(origin, "reader/testdata/listed"), { recursive: true });
  writeFileSync(join(origin, "go.mod"), "module example.org/prepared\n\ngo 1.24\n");
  writeFileSync(join(origin, "reader/reader.go"), "package reader\n");
  writeFileSync(join(origin, "reader/reader_test.go"), testSource);
  writeFileSync(join(origin, "reader/testdata/input.txt"), "alpha");
  writeFileSync(join(origin, "reader/testdata/listed/a.txt"), "a");
  await Bun.$`ln -s input.txt ${join(origin, "reader/testdata/link")}`;
  await commit(1_700_000_000);
});

async function git(cwd: string, ...args: string[]): Promise<void> {
  await Bun.$`git -c user.name=Test -c user.email=test@example.org ${args}`.cwd(cwd).quiet();
}

/** Commits all of `origin` at a time of its own, so that one second holds as many commits as a test likes. */
async function commit(seconds: number): Promise<void> {
  await git(origin, "add", "-A");
  const date = `${seconds} +0000`;
  await Bun.$`git -c user.name=Test -c user.email=test@example.org commit --quiet -m change`
    .cwd(origin)
    .env({ ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date })
    .quiet();
}

/** What a new runner has: the same path, every file with the time of the checkout. */
async function freshCheckout(): Promise<void> {
  rmSync(checkout, { recursive: true, force: true });
  await git(go.folder, "clone", "--quiet", origin, checkout);
  // As if it had been a while ago: Go caches nothing that read a file of the last two seconds.
  const past = Date.now() / 1000 - 3600 + Math.random();
  for (const path of ["input.txt", "listed", "listed/a.txt", "."]) {
    utimesSync(join(checkout, "reader/testdata", path), past, past);
  }
}

async function prepare(...flags: string[]): Promise<GoResult> {
  const result = await go.run([...ballast, "prepare", ...flags, checkout], {});
  expect(result).toMatchObject({ exitCode: 0 });
  return result;
}

async function goTest(env: Readonly<Record<string, string>>): Promise<{ exitCode: number; isCached: boolean }> {
  const { exitCode, stdout } = await go.run(["go", "-C", checkout, "test", "./..."], env);
  return { exitCode, isCached: stdout.includes("(cached)") };
}

const ran = { exitCode: 0, isCached: false };
const cached = { exitCode: 0, isCached: true };

describe("Go's test cache across fresh checkouts", () => {
  test("misses without it, which is what it is for", async () => {
    const GOCACHE = go.newCache("unprepared");
    await freshCheckout();
    expect(await goTest({ GOCACHE })).toEqual(ran);
    expect(await goTest({ GOCACHE })).toEqual(cached);
    await freshCheckout();
    expect(await goTest({ GOCACHE })).toEqual(ran);
  });

  for (const from of ["content", "commit"] as const) {
    test(`hits with --from ${from}, plain and through ballast cacheprog`, async () => {
      const GOCACHE = go.newCache(`by ${from}`);
      await freshCheckout();
      await prepare("--from", from);
      expect(await goTest({ GOCACHE })).toEqual(ran);
      await freshCheckout();
      await prepare("--from", from);
      expect(await goTest({ GOCACHE })).toEqual(cached);
      const words = [...ballast, "cacheprog"].map((word) => `"${word}"`).join(" ");
      expect(await goTest({ GOCACHE, GOCACHEPROG: words })).toEqual(cached);
    });

    test(`sees with --from ${from} another content of the same size, committed in the same second`, async () => {
      const GOCACHE = go.newCache(`changed by ${from}`);
      await freshCheckout();
      await prepare("--from", from);
      expect(await goTest({ GOCACHE })).toEqual(ran);
      writeFileSync(join(origin, "reader/testdata/input.txt"), "omega");
      await commit(1_700_000_000);
      await freshCheckout();
      await prepare("--from", from);
      expect(await goTest({ GOCACHE })).toMatchObject({ exitCode: 1, isCached: false });
    });
  }

  test("sees a file that is new in a folder, also an untracked one", async () => {
    const GOCACHE = go.newCache("untracked");
    await freshCheckout();
    await prepare();
    expect(await goTest({ GOCACHE })).toEqual(ran);
    await freshCheckout();
    const added = join(checkout, "reader/testdata/listed/b.txt");
    writeFileSync(added, "b");
    utimesSync(added, 1_700_000_000, 1_700_000_000);
    await prepare();
    expect(await goTest({ GOCACHE })).toEqual(ran);
    rmSync(added);
    await prepare();
    expect(await goTest({ GOCACHE })).toEqual(cached);
  });
});

describe("the command", () => {
  test("says what it did, as text and as JSON", async () => {
    await freshCheckout();
    writeFileSync(join(checkout, "go.mod"), "module example.org/changed\n\ngo 1.24\n");
    expect((await prepare()).stdout).toBe(
      "5 files and 4 folders carry times made of their content; left alone: 1 changed\n",
    );
    expect(JSON.parse((await prepare("--json")).stdout)).toMatchObject({
      from: "content",
      files: 5,
      folders: 4,
      kept: { changed: 1, submodules: 0, unusable: 0 },
    });
  });

  test("warns of a history that is cut off", async () => {
    writeFileSync(join(origin, "later.txt"), "later");
    await commit(1_700_000_100);
    await git(go.folder, "clone", "--quiet", "--depth=1", `file://${origin}`, checkout);
    expect((await prepare("--from", "commit")).stderr).toContain("fetch-depth: 0");
    expect((await prepare()).stderr).toBe("");
  });

  test("refuses what is no checkout, and what it does not know", async () => {
    expect(await go.run([...ballast, "prepare", go.folder], {})).toMatchObject({ exitCode: 2 });
    expect(await go.run([...ballast, "prepare", "--from", "size", checkout], {})).toMatchObject({ exitCode: 2 });
    expect(await go.run([...ballast, "prepare", "a", "b"], {})).toMatchObject({ exitCode: 2 });
  });
});
