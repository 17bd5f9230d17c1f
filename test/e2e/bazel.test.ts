/** Real Bazel against the real server: what one checkout built, the next one does not build. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { testWith } from "../with-component.ts";
import { errorCode, serve, type ServerProcess, sha256, temporaryFolder } from "./serve-fixture.ts";

const folder = temporaryFolder();
const [reading, writing] = ["r".repeat(20), "w".repeat(20)];
let server: ServerProcess;

beforeAll(async () => {
  const tokens = join(folder.path, "tokens");
  writeFileSync(tokens, `read ${reading}\nwrite ${writing}\n`);
  server = await serve(join(folder.path, "data"), [], { BALLAST_TOKEN_FILE: tokens });
});

afterAll(async () => {
  await server.end("SIGTERM");
  folder.remove();
});

/** Bazel loads its rules through repositories that it would download: here they hand on what is built in. */
function nativeRules(folderName: string, rules: readonly string[]): Readonly<Record<string, string>> {
  return {
    WORKSPACE: "",
    [`${folderName}/BUILD`]: "",
    [`${folderName}/defs.bzl`]: rules.map((rule) => `def ${rule}(**attrs):\n    native.${rule}(**attrs)\n`).join("\n"),
  };
}

const javaRules = ["java_binary", "java_library", "java_import", "java_runtime", "java_toolchain"];
const ruleRepositories: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rules_cc: {
    ...nativeRules("cc", ["cc_library", "cc_binary", "cc_toolchain", "cc_toolchain_suite"]),
    "cc/BUILD":
      'alias(name = "toolchain_type", actual = "@bazel_tools//tools/cpp:toolchain_type", visibility = ["//visibility:public"])\n',
  },
  rules_java: nativeRules("java", javaRules),
};

const workspace: Readonly<Record<string, string>> = {
  WORKSPACE: "",
  BUILD: [
    'genrule(name = "header", outs = ["a.h", "large.bin"], cmd = "echo \'int a(void);\' > $(location a.h); head -c 3000000 /dev/zero > $(location large.bin)")',
    'cc_library(name = "lib", srcs = ["lib.c"], hdrs = ["a.h"])',
    'cc_binary(name = "main", srcs = ["main.c"], deps = [":lib"])',
    'genrule(name = "run", outs = ["run.txt"], tools = [":main"], cmd = "$(location :main) > $@")',
  ].join("\n"),
  "lib.c": '#include "a.h"\nint a(void) { return 7; }\n',
  "main.c": '#include <stdio.h>\n#include "a.h"\nint main(void) { printf("%d\\n", a()); return 0; }\n',
};

function writeFiles(path: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

interface Built {
  readonly exitCode: number | undefined;
  /** Bazel's own count of what ran where, such as `5 remote cache hit`. */
  readonly processes: string;
  readonly stderr: string;
  readonly result: () => string;
}

/** A checkout of its own, built with nothing left of any build before it. */
async function build(component: string, name: string, cache: string, flags: readonly string[] = []): Promise<Built> {
  const checkout = writeFiles(join(folder.path, name, "small"), workspace);
  const overrides = Object.entries(ruleRepositories).map(
    ([rules, files]) => `--override_repository=${rules}=${writeFiles(join(folder.path, rules), files)}`,
  );
  const result = await runProcess({
    argv: [
      join(component, "bin", "bazel-4"),
      // The system's is part of Debian's package: it says where Bazel's own files are.
      "--nohome_rc",
      `--output_user_root=${join(folder.path, name, "out")}`,
      "--batch",
      "build",
      "//...",
      ...overrides,
      `--remote_cache=${cache}`,
      ...flags,
    ],
    cwd: checkout,
    deadlineMs: 120_000,
  });
  return {
    exitCode: result.exitCode,
    processes: /processes?: (.*)\.$/m.exec(result.stderr)?.[1] ?? "",
    stderr: result.stderr,
    result: () => readFileSync(join(checkout, "bazel-bin", "run.txt"), "utf8"),
  };
}

function withLogin(token: string, path = ""): string {
  return server.url.replace("://", `://ci:${token}@`) + path;
}

describe("bazel build, from clean each time", () => {
  testWith(
    "bazel",
    "the second checkout builds nothing; another instance, or another scope, shares nothing",
    async (component) => {
      const first = await build(component, "first", withLogin(writing, "/team-a"));
      expect(first).toMatchObject({ exitCode: 0 });
      expect(first.processes).not.toContain("remote cache hit");
      const second = await build(component, "second", withLogin(reading, "/team-a"));
      expect(second).toMatchObject({ exitCode: 0 });
      expect(second.processes).toMatch(/^\d+ remote cache hit(, \d+ internal)?$/);
      expect(second.result()).toBe("7\n");
      const scoped = await build(component, "scoped", server.url, [
        `--remote_header=Authorization=Bearer ${writing}`,
        "--remote_header=Ballast-Scope=pr%2F1",
      ]);
      expect(scoped).toMatchObject({ exitCode: 0 });
      expect(scoped.processes).not.toContain("remote cache hit");
      const stats = (await (await ask("/v1/stats")).json()) as { scopes: { scope: string; entries: number }[] };
      expect(stats.scopes.map(({ scope }) => scope).toSorted()).toEqual(["bazel", "pr/1"]);
    },
    180_000,
  );
});

function ask(path: string, init: BunFetchRequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${writing}`, ...(init.headers as Record<string, string>) };
  return fetch(server.url + path, { ...init, headers });
}

function put(path: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return ask(path, { method: "PUT", body: body as Uint8Array<ArrayBuffer>, headers });
}

function hex(data: string | Uint8Array): string {
  return sha256(data).toString("hex");
}

/** An ActionResult with one output file: field 2, in it a path and a digest of hash and size. */
function resultNaming(blob: Uint8Array): Buffer {
  const hash = hex(blob);
  const digest = Buffer.concat([Buffer.from([0x0a, 64]), Buffer.from(hash), Buffer.from([0x10, blob.length])]);
  const file = Buffer.concat([Buffer.from([0x0a, 1]), Buffer.from("o"), Buffer.from([0x12, digest.length]), digest]);
  return Buffer.concat([Buffer.from([0x12, file.length]), file]);
}

describe("blobs and results", () => {
  test("a result is refused while a blob that it names is absent, and a miss once it is gone", async () => {
    const blob = Buffer.from("a blob");
    const [action, result] = [hex("some action"), resultNaming(blob)];
    expect(await errorCode(await put(`/ac/${action}`, result))).toBe("422 bazel/result-incomplete");
    expect((await ask(`/ac/${action}`)).status).toBe(404);
    expect((await put(`/cas/${hex(blob)}`, blob)).status).toBe(200);
    expect((await put(`/ac/${action}`, result)).status).toBe(200);
    // No Go action names the blob: it is an entry by itself, so that collecting garbage leaves it.
    expect((await ask("/v1/gc", { method: "POST" })).status).toBe(200);
    expect((await ask(`/cas/${hex(blob)}`)).status).toBe(200);
    expect(result.equals(new Uint8Array(await (await ask(`/ac/${action}`)).arrayBuffer()))).toBe(true);
    expect((await ask(`/other/ac/${action}`)).status).toBe(404);
    expect((await ask(`/other/cas/${hex(blob)}`)).status).toBe(404);
    expect((await ask(`/cas/${hex(blob)}`, { method: "HEAD" })).headers.get("content-length")).toBe("6");
    const purged = await ask("/v1/purge", { method: "POST", body: JSON.stringify({ output: hex(blob) }) });
    expect(purged.status).toBe(200);
    expect((await ask(`/ac/${action}`)).status).toBe(404);
  });

  test("what is not what its name says is refused, and so is what is no result", async () => {
    expect(await errorCode(await put(`/cas/${hex("one")}`, Buffer.from("two")))).toBe("422 protocol/body-mismatch");
    expect(await errorCode(await put(`/ac/${hex("x")}`, Buffer.alloc(20, 0xff)))).toBe("400 bazel/message-malformed");
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from("one"));
        controller.close();
      },
    });
    const chunked = await ask(`/cas/${hex("one")}`, { method: "PUT", body: stream });
    expect(await errorCode(chunked)).toBe("411 server/length-missing");
    expect((await ask(`/cas/${hex("one")}`)).status).toBe(404);
    for (const path of ["/ac/abc", "/cas/", `/v1/cas/${hex("one")}`, `/a//cas/${hex("one")}`]) {
      expect(await errorCode(await ask(path))).toBe("404 server/path-unknown");
    }
  });

  test("a reader may not write, and a stranger may not read", async () => {
    const headers = { authorization: `Basic ${Buffer.from(`x:${reading}`).toString("base64")}` };
    expect(await errorCode(await put(`/cas/${hex("one")}`, Buffer.from("one"), headers))).toBe("403 server/read-only");
    expect(await errorCode(await put(`/ac/${hex("a")}`, Buffer.alloc(0), headers))).toBe("403 server/read-only");
    expect(await errorCode(await fetch(`${server.url}/cas/${hex("one")}`))).toBe("401 server/unauthorized");
  });
});
