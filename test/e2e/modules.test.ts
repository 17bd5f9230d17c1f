/** A new runner has neither modules nor a build cache: both come from the node, also when the proxy behind it is gone. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compiledPackages, createGoFixture, type GoFixture } from "./go-fixture.ts";
import {
  makeZip,
  moduleFiles,
  type ModuleUpstream,
  startModuleUpstream,
  type UpstreamModule,
} from "./module-upstream.ts";
import { errorCode, serve, type ServerProcess } from "./serve-fixture.ts";
import { cacheprog } from "./shared-runners.ts";
import { makeCertificates, type TestCertificates } from "./test-certificates.ts";

const dep: UpstreamModule = {
  path: "example.org/dep",
  version: "v1.2.3",
  files: {
    "go.mod": "module example.org/dep\n\ngo 1.24\n",
    "dep.go": "package dep\n\n// Seven is seven.\nfunc Seven() int { return 7 }\n",
    "sub/sub.go":
      'package sub\n\nimport "example.org/dep"\n\n// Twice is fourteen.\nfunc Twice() int { return 2 * dep.Seven() }\n',
  },
};
const other: UpstreamModule = {
  path: "example.org/other",
  version: "v0.1.0",
  files: { "go.mod": "module example.org/other\n\ngo 1.24\n", "other.go": "package other\n" },
};

const token = "w".repeat(20);
let go: GoFixture;
let upstream: ModuleUpstream;
let server: ServerProcess;
let certificates: TestCertificates;
let app: string;

beforeAll(async () => {
  go = await createGoFixture();
  upstream = startModuleUpstream([dep, other]);
  certificates = await makeCertificates(go.folder, "cache.example.com");
  writeFileSync(join(go.folder, "tokens"), `write ${token}\n`);
  server = await serve(
    join(go.folder, "node"),
    [
      `--tls-cert=${certificates.certFile}`,
      `--tls-key=${certificates.keyFile}`,
      `--module-proxy=${upstream.url}`,
      "--module-sum-database=sum.example.org",
    ],
    { BALLAST_TOKEN_FILE: join(go.folder, "tokens") },
  );
  app = join(go.folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "go.mod"), "module example.org/app\n\ngo 1.24\n\nrequire example.org/dep v1.2.3\n");
  writeFileSync(
    join(app, "main.go"),
    'package main\n\nimport "example.org/dep/sub"\n\nfunc main() { println(sub.Twice()) }\n',
  );
});

afterAll(async () => {
  await server.end("SIGTERM");
  await upstream.stop();
  // Go makes its module cache read-only.
  for (const name of readdirSync(go.folder).filter((found) => found.startsWith("modcache"))) {
    makeWritable(join(go.folder, name));
  }
  go[Symbol.dispose]();
});

function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
  }
}

/** A runner with nothing on it but Go and the standard library. */
function newRunner(name: string): Record<string, string> {
  return {
    GOMODCACHE: join(go.folder, `modcache-${name}`),
    GOCACHE: go.newCache(`gocache-${name}`),
    GOPROXY: `${server.url.replace("://", `://ci:${token}@`)}/mod`,
    GOSUMDB: upstream.sumDatabase,
    GOPATH: join(go.folder, `gopath-${name}`),
    SSL_CERT_FILE: certificates.caFile,
    GOCACHEPROG: cacheprog,
    BALLAST_SERVER: server.url,
    BALLAST_TOKEN: token,
    BALLAST_CA_FILE: certificates.caFile,
  };
}

function ask(path: string): Promise<Response> {
  const tls = { ca: certificates.caFile === "" ? "" : Bun.file(certificates.caFile) };
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${server.url}/mod/${path}`, { headers, tls } as BunFetchRequestInit);
}

describe("a new runner", () => {
  test("gets modules and build from the node, each checked by the go command; the second does so without the proxy", async () => {
    const build = ["go", "build", "-mod=mod", "-trimpath", "-x", "-o", join(go.folder, "program"), "."];
    const first = await go.run(build, newRunner("first"), app);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(compiledPackages(first)).toContain("example.org/dep/sub");
    expect(await Bun.file(join(app, "go.sum")).text()).toMatch(/example\.org\/dep v1\.2\.3 h1:/);
    expect(upstream.asked).toContain("example.org/dep/@v/v1.2.3.zip");
    const digest = go.digest(join(go.folder, "program"));

    upstream.asked.length = 0;
    const second = await go.run(build, newRunner("second"), app);
    expect(second).toMatchObject({ exitCode: 0 });
    expect(compiledPackages(second)).toEqual([]);
    expect(go.digest(join(go.folder, "program"))).toBe(digest);
    expect(existsSync(join(go.folder, "modcache-second", "example.org", "dep@v1.2.3", "dep.go"))).toBe(true);
    expect(upstream.asked.filter((path) => /\.(info|mod|zip)$|lookup/.test(path))).toEqual([]);
  }, 120_000);
});

describe("what the node keeps", () => {
  test("a version that is not what the checksum database says is not kept, and is asked for again", async () => {
    const path = "example.org/other/@v/v0.1.0.zip";
    upstream.replaced.set(path, makeZip({ "example.org/other@v0.1.0/go.mod": "module example.org/other\n" }));
    expect(await errorCode(await ask(path))).toBe("502 modules/checksum-mismatch");
    upstream.replaced.set(path, Buffer.from("no zip at all"));
    expect(await errorCode(await ask(path))).toBe("502 modules/zip-malformed");
    upstream.replaced.set(path, makeZip({ "../outside": "" }));
    expect(await errorCode(await ask(path))).toBe("502 modules/zip-malformed");
    upstream.replaced.set("example.org/other/@v/v0.1.0.mod", Buffer.from("module example.org/evil\n"));
    expect(await errorCode(await ask("example.org/other/@v/v0.1.0.mod"))).toBe("502 modules/checksum-mismatch");
    upstream.replaced.clear();
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    upstream.replaced.set(path, Buffer.from("changed later"));
    expect(Buffer.from(await (await ask(path)).arrayBuffer()).equals(Buffer.from(await answer.arrayBuffer()))).toBe(
      true,
    );
    upstream.replaced.clear();
  });

  test("what is asked for at once is fetched once", async () => {
    upstream.asked.length = 0;
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask("example.org/other/@v/v0.1.0.info")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(upstream.asked).toEqual(["example.org/other/@v/v0.1.0.info"]);
  });

  test.each([
    "example.org/dep/@v/../../../etc/passwd",
    "example.org/dep/@v/v1.2.3.exe",
    "example.org/dep/@v/master.zip",
    "Example.org/dep/@v/list",
    "sumdb/sum.example.org/lookup/a",
    "sumdb/sum.example.org/../../x",
    "",
  ])("%j is no path of the protocol", async (path) => {
    upstream.asked.length = 0;
    expect((await ask(path)).status).toBe(404);
    expect(upstream.asked).toEqual([]);
  });

  test("what is absent is a 404 with what the proxy said; without the proxy lists are as they were, the rest is a 502", async () => {
    const absent = await ask("example.org/dep/@v/v9.9.9.info");
    expect([absent.status, await absent.text()]).toEqual([404, "not found: example.org/dep/@v/v9.9.9.info\n"]);
    expect(await (await ask("example.org/dep/@v/list")).text()).toBe("v1.2.3\n");
    await upstream.stop();
    const stale = await ask("example.org/dep/@v/list");
    expect([stale.status, await stale.text()]).toEqual([200, "v1.2.3\n"]);
    expect(stale.headers.get("warning")).toContain("Stale");
    expect(await errorCode(await ask("example.org/dep/@v/v9.9.9.info"))).toBe("502 modules/upstream-unreachable");
    expect((await ask("example.org/dep/@v/v1.2.3.zip")).status).toBe(200);
    const third = await go.run(["go", "mod", "download", "example.org/dep@v1.2.3"], newRunner("third"), app);
    expect(third).toMatchObject({ exitCode: 0 });
  }, 60_000);

  test("a proxy may be a folder; a node without one says so, and a wrong address ends the start", async () => {
    const folder = join(go.folder, "proxy");
    for (const [name, bytes] of moduleFiles([dep])) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const local = await serve(join(go.folder, "local"), ["--module-proxy", `file://${folder}`]);
    const env = {
      GOMODCACHE: join(go.folder, "modcache-file"),
      GOPROXY: `${local.url}/mod`,
      GOSUMDB: "off",
      GOFLAGS: "",
    };
    const got = await go.run(["go", "list", "-m", "-versions", "example.org/dep"], env, app);
    expect(got).toMatchObject({ exitCode: 0, stdout: "example.org/dep v1.2.3\n" });
    await local.end("SIGTERM");
    const without = await serve(join(go.folder, "without"));
    expect(await errorCode(await fetch(`${without.url}/mod/example.org/dep/@v/list`))).toBe("404 modules/off");
    await without.end("SIGTERM");
    const wrong = serve(join(go.folder, "wrong"), ["--module-proxy", "ftp://ci:secret@example.org"]);
    const message = await wrong.then(
      () => "it started",
      (cause: unknown) => String(cause),
    );
    expect(message).toContain("server/module-proxy-invalid");
    expect(message).not.toContain("secret");
  }, 60_000);
});
