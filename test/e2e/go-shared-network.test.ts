import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectProxy, startConnectProxy } from "./connect-proxy.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { type Build, createRunners, expectUnharmed, type RunnerCommand, type Runners } from "./shared-runners.ts";
import { makeCertificates, type TestCertificates } from "./test-certificates.ts";

let go: GoFixture;
let runners: Runners;
let native: Build;
const packages = 13;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
});
afterAll(() => go[Symbol.dispose]());

/** A build on a new runner that must end well. */
async function build(command: Omit<RunnerCommand, "gocache">) {
  using cache = go.borrowCache();
  const built = await runners.build({ ...command, gocache: cache.path });
  await expectUnharmed(built, native, () => runners.native());
  return built;
}

const readToken = "read-token-0123456789";
const writeToken = "write-token-0123456789";

function tokenFlags(): string[] {
  const file = join(go.folder, "tokens");
  writeFileSync(file, `read ${readToken}\nwrite ${writeToken}\n`);
  return ["--token-file", file];
}

describe("tokens", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await serve(join(go.folder, "token-server"), tokenFlags());
  });
  afterAll(async () => void (await server.end("SIGTERM")));

  test("a reader's refused puts are a mode and not a fault", async () => {
    const env = { BALLAST_TOKEN: readToken };
    const first = await build({ server: server.url, env });
    expect(first.summary).toMatchObject({ uploaded: 0, remoteHits: 0 });

    expect(first.summary.lostServer).toBe(0);
    const writer = await build({ server: server.url, env: { BALLAST_TOKEN: writeToken } });
    expect(writer.compiled).toHaveLength(packages);
    expect(writer.summary.dropped).toBe(0);
    expect((await build({ server: server.url, env })).compiled).toEqual([]);
  });

  test("a token file serves as well", async () => {
    const file = join(go.folder, "read-token");
    writeFileSync(file, `${readToken}\n`);
    expect((await build({ server: server.url, env: { BALLAST_TOKEN_FILE: file } })).compiled).toEqual([]);
  });

  test("a wrong token, or none, is a native build", async () => {
    for (const env of [{ BALLAST_TOKEN: "wrong-token-0123456789" }, {}] as Record<string, string>[]) {
      const refused = await build({ server: server.url, env });
      expect(refused.compiled).toHaveLength(packages);
      expect(refused.summary).toMatchObject({ remoteHits: 0, uploaded: 0, lostServer: 1 });
    }
  });
});

describe("a ballast.yaml that names a server", () => {
  test("gets no token that was meant for another one", async () => {
    const seen: (string | null)[] = [];
    const thief = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        seen.push(request.headers.get("authorization"));
        return new Response(null, { status: 404 });
      },
    });
    const file = join(go.folder, "its-token");
    writeFileSync(file, `${writeToken}\n`);
    const settings = join(go.module, "ballast.yaml");
    const cache = `cache:\n  server: http://127.0.0.1:${thief.port}\n`;
    try {
      for (const [env, yaml] of [
        [{ BALLAST_TOKEN: writeToken }, cache],
        [{ BALLAST_TOKEN_FILE: file }, cache],
        [{}, `${cache}  tokenFile: ${file}\n`],
      ] as [Record<string, string>, string][]) {
        writeFileSync(settings, yaml);
        await build({ env });
        using folder = go.borrowCache();
        const command = [...ballast, "go", "build", "-o", join(go.folder, "told"), "."];
        const told = await go.run(command, { GOCACHE: folder.path, ...env });
        expect(told.exitCode).toBe(0);
        expect(told.stderr).toContain(
          yaml === cache ? "is not sent to the server that ballast.yaml names" : "tokenFile",
        );
      }
    } finally {
      rmSync(settings);
      await thief.stop(true);
    }
    expect(seen.length).toBeGreaterThan(3);
    expect([...new Set(seen)]).toEqual([null]);
  });
});

describe("TLS", () => {
  const name = "cache.test";
  const token = { BALLAST_TOKEN: writeToken };
  let certificates: TestCertificates;
  let server: ServerProcess;
  let port: string;
  let proxy: ConnectProxy;

  beforeAll(async () => {
    certificates = await makeCertificates(go.folder, name);
    const { certFile, keyFile } = certificates;
    server = await serve(join(go.folder, "tls-server"), [
      ...tokenFlags(),
      "--tls-cert",
      certFile,
      "--tls-key",
      keyFile,
    ]);
    port = new URL(server.url).port;
    proxy = await startConnectProxy();
  });
  afterAll(async () => {
    proxy.close();
    await server.end("SIGTERM");
  });

  test("a server with a certificate of the team's own authority", async () => {
    const env = { ...token, BALLAST_CA_FILE: certificates.caFile };
    expect((await build({ server: server.url, env })).compiled).toHaveLength(packages);
    expect((await build({ server: server.url, env })).compiled).toEqual([]);
  });

  test("an authority that nobody vouches for, or a file that cannot be read, is a native build", async () => {
    expect((await build({ server: server.url, env: token })).summary.remoteHits).toBe(0);
    const env = { ...token, BALLAST_CA_FILE: join(go.folder, "nothing.pem") };
    expect((await build({ server: server.url, env })).summary.remoteHits).toBe(0);
  });

  test("HTTPS_PROXY is used, and NO_PROXY goes around it", async () => {
    const env = { ...token, BALLAST_CA_FILE: certificates.caFile, HTTPS_PROXY: proxy.url };
    const named = `https://${name}:${port}`;
    expect((await build({ server: named, env })).compiled).toEqual([]);
    expect(proxy.targets.length).toBeGreaterThan(0);
    expect(new Set(proxy.targets)).toEqual(new Set([`${name}:${port}`]));

    const tunnels = proxy.targets.length;
    expect((await build({ server: server.url, env: { ...env, NO_PROXY: "127.0.0.1" } })).compiled).toEqual([]);
    expect(proxy.targets).toHaveLength(tunnels);
    // Without the proxy nobody knows the name.
    const unknown = await build({ server: named, env: { ...env, NO_PROXY: name } });
    expect(unknown.compiled).toHaveLength(packages);
    expect(proxy.targets).toHaveLength(tunnels);
  });

  test("with a proxy nobody knocks at the server itself", async () => {
    let knocks = 0;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: () => void knocks++, data: () => undefined },
    });
    // No authority of its own: with one, no connection is opened ahead anyway.
    const address = `https://127.0.0.1:${listener.port}`;
    const env = { ...token, HTTPS_PROXY: "http://127.0.0.1:9" };
    expect((await build({ server: address, env })).compiled).toHaveLength(packages);
    expect(knocks).toBe(0);
    await build({ server: address, env: token });
    expect(knocks).toBeGreaterThan(0);
    listener.stop(true);
  });

  test("a proxy that is not there is a native build", async () => {
    const env = { ...token, BALLAST_CA_FILE: certificates.caFile, HTTPS_PROXY: "http://127.0.0.1:9" };
    expect((await build({ server: `https://${name}:${port}`, env })).compiled).toHaveLength(packages);
  });
});
