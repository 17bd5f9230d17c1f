/** Programs that one runner linked and another one takes from the server. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../src/cache/helper/summary.ts";
import { freePort } from "../free-port.ts";
import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";
import { serve, type ServerProcess, tryServe } from "./serve-fixture.ts";
import { createRunners, type RunnerCommand, type Runners, wrongBodies } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let server: ServerProcess;
let nativeDigest: string;
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  server = await serve(join(go.folder, "server"));
  nativeDigest = (await runners.native()).digest;
});
afterAll(async () => {
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

interface Linked extends GoResult {
  readonly summary?: RunSummary | undefined;
  readonly out: string;
  readonly digest: string;
  readonly isLinked: boolean;
}

/** `go build -o OUT` with a helper. The program stays where it is. */
async function build(command: RunnerCommand, args: readonly string[] = []): Promise<Linked> {
  const out = join(go.folder, `program-${serial++}`);
  return outcome(await runners.command(["build", "-x", "-o", out, ...args, "."], command), out);
}

function outcome(result: GoResult, out: string): Linked {
  const digest = existsSync(out) ? go.digest(out) : "";
  return { ...result, out, digest, isLinked: /\/link -o /.test(result.stderr) };
}

async function flush(gocache: string, url: string): Promise<GoResult> {
  return go.run([...ballast, "flush"], { GOCACHE: gocache, BALLAST_SERVER: url });
}

/** A runner that links, and has sent its program. */
async function first(url: string, more: Partial<RunnerCommand> = {}): Promise<Linked> {
  const gocache = go.newCache(`first-${serial++}`);
  const built = await build({ gocache, server: url, ...more });
  expect(built).toMatchObject({ exitCode: 0, isLinked: true });
  expect(await flush(gocache, url)).toMatchObject({ exitCode: 0 });
  return built;
}

describe("a program that was linked before", () => {
  test("is not linked again on another runner, and is native's byte for byte", async () => {
    expect(await first(server.url)).toMatchObject({ digest: nativeDigest });
    const gocache = go.newCache("second");
    const second = await build({ gocache, server: server.url });
    expect(second).toMatchObject({ exitCode: 0, isLinked: false, digest: nativeDigest });
    expect(wrongBodies(gocache)).toEqual([]);
    // What go asks for and nobody ever puts is no miss: only the index of the checkout is.
    expect(second.summary?.misses).toBeLessThan(20);

    // Without Ballast go finds it in that folder as well.
    const out = join(go.folder, `program-${serial++}`);
    const alone = outcome(await go.run(["go", "build", "-x", "-o", out, "."], { GOCACHE: gocache }), out);
    expect(alone).toMatchObject({ exitCode: 0, isLinked: false, digest: nativeDigest });
  });

  test("is a file of its own: what is done to it afterwards reaches no other build", async () => {
    const gocache = go.newCache("changed-later");
    const before = await build({ gocache, server: server.url });
    expect(before.isLinked).toBe(false);
    writeFileSync(before.out, "something else");
    expect(await build({ gocache, server: server.url })).toMatchObject({ isLinked: false, digest: nativeDigest });
  });

  test("needs no helper any more, once all of it is local", async () => {
    const env = { GOCACHE: go.newCache("native-again"), BALLAST_SERVER: server.url };
    const out = join(go.folder, `program-${serial++}`);
    const again = async (): Promise<GoResult> => {
      rmSync(out, { force: true });
      return go.run([...ballast, "go", "build", "-o", out, "."], env);
    };
    for (const _time of [1, 2]) expect(await again()).toMatchObject({ exitCode: 0 });
    expect(await again()).toMatchObject({ exitCode: 0, stderr: "ballast: all of it was local, go ran by itself\n" });
    expect(go.digest(out)).toBe(nativeDigest);
  });

  test("is linked anew for other flags or another source", async () => {
    const command = { gocache: go.newCache("others"), server: server.url };
    expect(await build(command, ["-ldflags=-s"])).toMatchObject({ exitCode: 0, isLinked: true });
    const cwd = join(go.folder, "edited");
    cpSync(go.module, cwd, { recursive: true });
    const main = join(cwd, "main.go");
    writeFileSync(main, `${readFileSync(main, "utf8")}\nfunc init() { println("edited") }\n`);
    const edited = await build({ ...command, cwd });
    expect(edited).toMatchObject({ exitCode: 0, isLinked: true });
    expect(edited.digest).not.toBe(nativeDigest);
  });

  test("comes for go install and go test -c too", async () => {
    for (const args of [
      ["install", "-x", "."],
      ["test", "-x", "-c", "-o", join(go.folder, "p0.test"), "./p0"],
    ]) {
      const GOBIN = join(go.folder, "gobin");
      const run = async (name: string): Promise<Linked> => {
        rmSync(GOBIN, { recursive: true, force: true });
        rmSync(join(go.folder, "p0.test"), { force: true });
        const gocache = go.newCache(`${name}-${serial++}`);
        const out = args[0] === "install" ? join(GOBIN, "fixture") : join(go.folder, "p0.test");
        const command = { gocache, server: server.url, env: { GOBIN } };
        const done = outcome(await runners.command(args, command), out);
        await flush(gocache, server.url);
        return done;
      };
      const [one, two] = [await run("verb-1"), await run("verb-2")];
      // The program of `go install .` is the one that `go build` made.
      expect(one).toMatchObject({ exitCode: 0, isLinked: args[0] === "test" });
      expect(two).toMatchObject({ exitCode: 0, isLinked: false, digest: one.digest });
    }
  });
});

describe("a program that is not to be trusted or not to be sent", () => {
  test("one that was changed before it was sent stays where it is", async () => {
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    const gocache = go.newCache("stripped");
    const built = await build({ gocache, server: url });
    expect(built).toMatchObject({ exitCode: 0, isLinked: true });
    const bytes = readFileSync(built.out);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(built.out, bytes);

    const later = (await tryServe(["--listen", `127.0.0.1:${port}`, "--data", join(go.folder, "later")])).server;
    try {
      expect(await flush(gocache, url)).toMatchObject({ exitCode: 0 });
      const second = await build({ gocache: go.newCache("after-stripped"), server: url });
      expect(second).toMatchObject({ exitCode: 0, isLinked: true, digest: nativeDigest });
      // The packages were sent: it is the program alone that was not.
      expect(second.stderr).not.toMatch(/\/compile -o/);
    } finally {
      await later?.end("SIGTERM");
    }
  });

  test("none is sent with --programs 0, nor by a run that only reads", async () => {
    const own = await serve(join(go.folder, "unsent-server"));
    try {
      for (const flags of [
        ["--programs", "0"],
        ["--mode", "read-only"],
      ]) {
        await first(own.url, { flags });
        expect(await build({ gocache: go.newCache(`unsent-${serial}`), server: own.url, flags })).toMatchObject({
          isLinked: true,
        });
      }
    } finally {
      await own.end("SIGTERM");
    }
  });

  test("a run that puts elsewhere links itself: go would take the file out of the other folder", async () => {
    const gocache = go.newCache("usual");
    const flags = ["--put-folder", join(go.folder, "private")];
    mkdirSync(join(go.folder, "private"));
    for (const _twice of [1, 2]) {
      const built = await build({ gocache, server: server.url, flags });
      expect(built).toMatchObject({ exitCode: 0, isLinked: true, digest: nativeDigest });
    }
    expect(wrongBodies(join(go.folder, "private"))).toEqual([]);
  });

  const cgoTitle = "what the host's linker finished is for runners of the same image";
  if (Bun.which("gcc") === null) test.skip(`${cgoTitle} [skipped: there is no gcc]`, () => undefined);
  else {
    test(cgoTitle, async () => {
      const cwd = join(go.folder, "cgo");
      mkdirSync(cwd);
      writeFileSync(join(cwd, "go.mod"), "module example.org/cgo\n\ngo 1.24\n");
      const c = "// int two(void) { return 2; }\n";
      writeFileSync(join(cwd, "main.go"), `package main\n\n${c}import "C"\n\nfunc main() { println(C.two()) }\n`);
      const on = (image: string): Partial<RunnerCommand> => ({ cwd, env: { BALLAST_IMAGE: image, CGO_ENABLED: "1" } });
      const linked = await first(server.url, on("one"));
      const at = async (image: string): Promise<Linked> =>
        build({ gocache: go.newCache(`cgo-${image}-${serial++}`), server: server.url, ...on(image) });
      expect(await at("one")).toMatchObject({ isLinked: false, digest: linked.digest });
      expect(await at("two")).toMatchObject({ exitCode: 0, isLinked: true });
    });
  }
});
