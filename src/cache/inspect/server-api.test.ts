import { afterEach, expect, test } from "bun:test";
import { ServerApi, type ServerEntry } from "./server-api.ts";
import { listServer } from "./server-items.ts";
import { purgeServer } from "./server-purge.ts";

const servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

function serve(answer: (request: Request, url: URL) => Response | Promise<Response>): ServerApi {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(request, new URL(request.url)),
  });
  servers.push(server);
  return new ServerApi({ server: `http://127.0.0.1:${server.port}/`, token: "secret" }, new AbortController().signal);
}

function entry(i: number, fields: Partial<ServerEntry> = {}): ServerEntry {
  const id = i.toString(16).padStart(64, "0");
  const times = { timeMs: 1, putMs: 2, usedMs: i, costMs: 0 };
  return {
    action: id,
    output: id,
    kind: "test-result",
    sizeBytes: 1,
    storedBytes: 1,
    scope: "main",
    ...times,
    provenance: {},
    version: 1,
    cursor: String(i),
    ...fields,
  };
}

const lines = (entries: readonly unknown[]): Response =>
  new Response(entries.map((one) => `${JSON.stringify(one)}\n`).join(""));

test("reads all pages, with the token", async () => {
  const all = Array.from({ length: 2345 }, (_, i) => entry(i));
  const asked: (string | null)[] = [];
  const api = serve((request, { searchParams }) => {
    asked.push(request.headers.get("authorization"));
    const from = Number(searchParams.get("after") ?? -1) + 1;
    return lines(all.slice(from, from + Number(searchParams.get("limit"))));
  });
  const found: string[] = [];
  for await (const one of api.entries({})) found.push(one.action);
  expect(found).toEqual(all.map(({ action }) => action));
  expect(asked).toEqual(["Bearer secret", "Bearer secret", "Bearer secret"]);
});

test("a refusal says what the server said", async () => {
  const error = { code: "server/read-only", what: "This token may only read", why: "w", todo: "t", detail: "a put" };
  const api = serve(() => Response.json({ error }, { status: 403 }));
  const refused: unknown = await api.gc().catch((cause: unknown) => cause);
  expect(refused).toMatchObject({ code: "inspect/server-refused" });
  expect(String(refused)).toContain("server/read-only");
  const proxy = serve(() => new Response("<html>", { status: 502 }));
  expect(String(await proxy.stats().catch((cause: unknown) => cause))).toContain("status 502");
});

test("what is no cache server, or nobody, is unreachable", async () => {
  await expect(serve(() => new Response("hello")).stats()).rejects.toMatchObject({
    code: "inspect/server-unreachable",
  });
  const gone = new ServerApi({ server: "http://127.0.0.1:1" }, new AbortController().signal);
  await expect(gone.stats()).rejects.toMatchObject({ code: "inspect/server-unreachable" });
});

test("a check that ends early is a failure, not a clean bill", async () => {
  const steps = [
    { outputs: 1, outputsTotal: 3, storedBytes: 1, damaged: 0 },
    { outputs: 2, outputsTotal: 3, storedBytes: 2, damaged: 0 },
  ];
  await expect(serve(() => lines(steps)).verify(() => undefined)).rejects.toMatchObject({
    code: "inspect/server-unreachable",
  });
  const seen: number[] = [];
  const last = await serve(() => lines([...steps, { outputs: 3, outputsTotal: 3, storedBytes: 3, damaged: 1 }])).verify(
    (line) => seen.push(line.outputs),
  );
  expect(last).toMatchObject({ outputs: 3, damaged: 1 });
  expect(seen).toEqual([1, 2, 3]);
});

test("an interrupt is passed on as it is", async () => {
  const stop = new AbortController();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Bun.sleep(5000).then(() => new Response("{}")),
  });
  servers.push(server);
  const api = new ServerApi({ server: `http://127.0.0.1:${server.port}` }, stop.signal);
  setTimeout(() => stop.abort(new Error("stopped by hand")), 50);
  await expect(api.stats()).rejects.toThrow("stopped by hand");
});

test("packages are told from bodies, each read once", async () => {
  const bodies = ["ok  \texample.org/a\t0.1s\n", "ok  \texample.org/b\t0.1s\n"];
  let reads = 0;
  const purged: unknown[] = [];
  const api = serve(async (request, { pathname, searchParams }) => {
    if (pathname === "/v1/purge") {
      purged.push(await request.json());
      return Response.json({ entries: 1, outputs: 1, freedBytes: 10, fileBytes: 0 });
    }
    if (!pathname.startsWith("/v1/outputs/")) {
      const kind = searchParams.get("kind");
      const all = [
        entry(1),
        entry(2, { output: entry(1).output, scope: "pr/1" }),
        entry(0x11, { provenance: { run: "7" } }),
        entry(5, { kind: "vet" }),
      ];
      return lines(all.filter((one) => kind === null || one.kind === kind));
    }
    reads++;
    return new Response(bodies[pathname.endsWith("11") ? 1 : 0]);
  });
  const filter = { kinds: [], packages: ["example.org/a"], provenance: {} };
  const options = { wantsPackages: false, onProgress: () => undefined };
  const found = await Array.fromAsync(listServer(api, filter, options));
  expect(found.map(({ scope, subject }) => [scope, subject.package])).toEqual([
    ["main", "example.org/a"],
    ["pr/1", "example.org/a"],
  ]);
  expect(reads).toBe(2);
  expect(
    (await Array.fromAsync(listServer(api, { kinds: [], packages: [], provenance: { run: "7" } }, options))).length,
  ).toBe(1);
  expect(
    (await Array.fromAsync(listServer(api, { kinds: ["vet"], packages: [], provenance: {} }, options))).length,
  ).toBe(1);

  expect(await purgeServer(api, filter, () => undefined)).toEqual({ entries: 2, outputs: 2, freedBytes: 20 });
  await purgeServer(api, { kinds: ["vet", "empty"], packages: [], provenance: {}, scope: "pr/1" }, () => undefined);
  await purgeServer(api, { kinds: [], packages: [], provenance: {} }, () => undefined);
  expect(purged).toEqual([
    { action: entry(1).action, scope: "main" },
    { action: entry(2).action, scope: "pr/1" },
    { scope: "pr/1", kind: "vet" },
    { scope: "pr/1", kind: "empty" },
    { all: true },
  ]);
});
