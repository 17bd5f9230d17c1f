/** `ballast demo` as people start it, on a module that needs nothing but Go's runtime; and its transcript in README.md. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ProcessResult, runProcess } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";

const repository = resolve(import.meta.dir, "../..");
const work = mkdtempSync(join(tmpdir(), "ballast-demo-test-"));
const temporary = join(work, "tmp");
const module = join(work, "module");
const deadlineMs = 240_000;

const env = { ...process.env, TMPDIR: temporary, BALLAST_SERVER: "http://127.0.0.1:1", GOFLAGS: "-mod=mod" };

beforeAll(() => {
  mkdirSync(temporary);
  mkdirSync(module);
  writeFileSync(join(module, "go.mod"), "module example.org/small\n\ngo 1.24\n");
  writeFileSync(join(module, "main.go"), 'package main\n\nfunc main() { println("small") }\n');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function demo(args: readonly string[], command = ballast): Promise<ProcessResult> {
  return runProcess({ argv: [...command, "demo", ...args], cwd: work, env, deadlineMs });
}

/** The lines of a run with every figure replaced, since no two machines have the same. */
function shape(text: string): string[] {
  const plain = text
    .replace(/^ballast: first start.*\n/m, "") // the launcher's, on a fresh clone
    .replace(/go1\.\d+(?:\.\d+)?\S*/g, "VERSION")
    .replace(/example\.org\/\w+/g, "PACKAGE")
    .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
    .replace(/\b[\d.]+ (?:B|kB|MB)(?=[\s,])/g, "SIZE")
    .replace(/(?<=\s)[\d.,]+(?=x?\s)/g, "N");
  // Blanks align columns, and their number depends on the figures.
  return plain
    .trim()
    .split(/\s*\n/)
    .map((line) => line.replace(/ +/g, " "));
}

interface Build {
  readonly build: string;
  readonly localHits: number;
  readonly serverHits: number;
  readonly seconds: number;
  readonly unpackSeconds: number | null;
  readonly archiveBytes: number | null;
  readonly bytesDown: number;
  readonly sha256: string;
}

/** What README.md shows after `$ ./ballast demo`. */
function transcript(): string {
  const text = readFileSync(join(repository, "README.md"), "utf8");
  return /\$ \.\/ballast demo\n([^`]*)```/.exec(text)?.[1] ?? "README.md shows no run of ./ballast demo";
}

describe("ballast demo", () => {
  test("shows what README.md shows, but for the figures", async () => {
    const run = await demo(["--module", module]);
    expect(run).toMatchObject({ exitCode: 0 });
    const finished = run.stderr.replace(/^.*: \d+ s\n/gm, ""); // a log says now and then what is under way
    const said = `${finished}\n${run.stdout}`;
    expect(shape(said)).toEqual(shape(transcript()));
    expect(shape(said).length).toBeGreaterThan(10);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("gives the figures as data, and builds the same bytes each time", async () => {
    const run = await demo(["--module", "module", "--json", "--keep"]);
    expect(run).toMatchObject({ exitCode: 0 });
    const kept = /^kept: (.+)$/m.exec(run.stderr)?.[1] ?? "";
    const binaries = readdirSync(join(kept, "out")).map((name) => readFileSync(join(kept, "out", name)));
    rmSync(kept, { recursive: true });
    const data = JSON.parse(run.stdout) as { runner2TimesAsFast: number; builds: Build[] };
    expect(data).toMatchObject({ package: "example.org/small", binariesIdentical: true });
    expect(data.builds.map(({ build }) => build)).toEqual([
      "native cold",
      "unpack tar",
      "runner 1",
      "runner 2",
      "20 ms away",
      "again",
    ]);
    const [native, unpacked, first, second, far, again] = data.builds as [Build, Build, Build, Build, Build, Build];
    expect(native).toMatchObject({ localHits: null, serverHits: null, timesAsFast: 1 });
    expect(first).toMatchObject({ localHits: 0, serverHits: 0 });
    expect(second.serverHits).toBeGreaterThan(20);
    expect(unpacked.localHits).toBeNull();
    expect(unpacked.archiveBytes).toBeGreaterThan(1_000_000);
    expect(unpacked.unpackSeconds).toBeGreaterThan(0);
    expect(unpacked.seconds).toBeGreaterThan(unpacked.unpackSeconds ?? Infinity);
    // The same entries, later.
    expect(far.serverHits).toBe(second.serverHits);
    expect(again.serverHits).toBe(0);
    expect(again.localHits).toBeGreaterThan(20);
    // What is said besides bodies is a few kilobytes.
    expect(first.bytesDown).toBeLessThan(second.bytesDown / 10);
    expect(again.bytesDown).toBeLessThan(second.bytesDown / 10);
    expect(data.runner2TimesAsFast).toBeGreaterThan(1.5);
    const digests = binaries.map((binary) => new Bun.CryptoHasher("sha256").update(binary).digest("hex"));
    expect(digests.toSorted()).toEqual(data.builds.map(({ sha256 }) => sha256).toSorted());
  });

  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const) {
    test(`leaves nothing behind after ${signal}`, async () => {
      const child = Bun.spawn([...ballast, "demo", "--module", module], { env, stdout: "ignore", stderr: "pipe" });
      const server = await firstMatch(child.stderr, /http:\/\/[\d.:]+/);
      expect((await fetch(`${server}/v1/hello`)).ok).toBe(true);
      await Bun.sleep(500);
      child.kill(signal);
      expect(await child.exited).toBe(status);
      expect(readdirSync(temporary)).toEqual([]);
      expect(processesIn(temporary)).toEqual([]);
      expect(fetch(server)).rejects.toThrow();
    });
  }

  test("says what is wrong with a module, a package, a Go", async () => {
    const cases = [
      [["--module", work], 2, "there is no go.mod in"],
      [["--module", module, "--package", "./nope"], 2, "build/demo-package-unfit"],
      [["--module", join(work, "nowhere")], 2, "build/demo-module-unfit"],
    ] as const;
    for (const [args, exitCode, words] of cases) {
      const run = await demo(args);
      expect(run).toMatchObject({ exitCode, stdout: "" });
      expect(run.stderr).toContain(words);
    }
    const withoutGo = await runProcess({ argv: [...ballast, "demo"], env: { ...env, PATH: temporary }, deadlineMs });
    expect(withoutGo).toMatchObject({ exitCode: 3, stdout: "" });
    expect(withoutGo.stderr).toContain("build/go-not-found");
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("carries its program inside an executable that was copied alone", async () => {
    const copied = join(work, "copied");
    const isCompiled = ballast.length === 1;
    if (isCompiled) copyFileSync(ballast[0]!, copied);
    const run = await demo(["--package", "./store"], isCompiled ? [copied] : ballast);
    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.stderr).toContain("example.org/notes/store is package store; programs are example.org/notes\n");
  });
});

test("README.md's first line of the transcript is the launcher's", () => {
  const said = /^ballast: (.+)$/m.exec(transcript())?.[1] ?? "no such line";
  expect(readFileSync(join(repository, "scripts/launcher.sh"), "utf8")).toContain(`say "${said}"`);
});

async function firstMatch(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) text += decoder.decode(value, { stream: true });
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found;
    if (done) throw new Error(`no ${pattern} in ${text}`);
  }
}

/** Processes that work in a folder: go's, the server, whatever they started. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(`/proc/${id}/cwd`).startsWith(folder);
    } catch {
      return false; // it ended, or is somebody else's
    }
  });
}
