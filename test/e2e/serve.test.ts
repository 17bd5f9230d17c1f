import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { readAbsenceSet } from "../../src/cache/protocol/absence.ts";
import { codec, entryHeader } from "../../src/cache/protocol/entry.ts";
import { encodeEnd, encodeEntry } from "../../src/cache/protocol/frame.ts";
import { protocolVersions } from "../../src/cache/protocol/version.ts";
import {
  createClient,
  entryOf,
  errorCode,
  mainContext,
  serve,
  type ServerProcess,
  sha256,
  temporaryFolder,
  tryServe,
} from "./serve-fixture.ts";
import { makeCertificates } from "./test-certificates.ts";

const folder = temporaryFolder();
let server: ServerProcess;
let client: ReturnType<typeof createClient>;

beforeAll(async () => {
  server = await serve(join(folder.path, "data"));
  client = createClient(server.url);
});

afterAll(async () => {
  await server.end("SIGTERM");
  folder.remove();
});

function noise(sizeBytes: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(sizeBytes, 65_536)))).subarray(0, sizeBytes);
}

function largeNoise(sizeBytes: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.ceil(sizeBytes / 65_536) }, () => noise(65_536))).subarray(
    0,
    sizeBytes,
  );
}

async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("single bodies", () => {
  test.each([0, 5, 800, 12_000, 700_000, 5_000_000])(
    "%d bytes go in and come out, plain and zstd",
    async (sizeBytes) => {
      const body = Buffer.concat([largeNoise(sizeBytes >> 1), Buffer.alloc(sizeBytes - (sizeBytes >> 1), "go ")]);
      const [plain, packed] = [`plain ${sizeBytes}`, `packed ${sizeBytes}`];
      expect((await client.put(plain, body)).status).toBe(201);
      const other = Buffer.concat([body, Buffer.from("!")]);
      const encoded = Bun.zstdCompressSync(other);
      expect((await client.put(packed, other, { "content-encoding": "zstd" }, encoded)).status).toBe(201);
      for (const [action, expected] of [
        [plain, body],
        [packed, other],
      ] as const) {
        for (const accepted of ["zstd", "identity", "gzip, zstd;q=0"]) {
          const response = await client.get(action, { "accept-encoding": accepted });
          expect(response.status).toBe(200);
          expect(response.headers.get(entryHeader.timeNs)).toBe("1790000000123456789");
          expect(response.headers.get(entryHeader.sizeBytes)).toBe(String(expected.length));
          expect(expected.equals(await response.bytes())).toBe(true);
        }
        const output = await client.request(`/v1/outputs/${sha256(expected).toString("hex")}`);
        expect(expected.equals(await output.bytes())).toBe(true);
      }
      expect((await client.put(plain, body)).status).toBe(200);
    },
    30_000,
  );

  test("HEAD says the same without the body", async () => {
    const body = Buffer.from("for head");
    await client.put("head", body);
    const response = await client.request(`/v1/actions/${sha256("head").toString("hex")}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("8");
    expect(response.headers.get(entryHeader.output)).toBe(sha256(body).toString("hex"));
    expect(await response.text()).toBe("");
  });

  test("a body without a length is taken as it comes", async () => {
    const body = largeNoise(3_000_000);
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 100_000) controller.enqueue(body.subarray(at, at + 100_000));
        controller.close();
      },
    });
    expect((await client.put("chunked", body, {}, stream)).status).toBe(201);
    expect(body.equals(await (await client.get("chunked")).bytes())).toBe(true);
  });

  test("a miss is a miss, in both forms", async () => {
    expect(await errorCode(await client.get("nothing"))).toBe("404 server/not-here");
    expect(await errorCode(await client.request(`/v1/outputs/${"0".repeat(64)}`))).toBe("404 server/not-here");
    expect((await client.lookup(["nothing"])).get("nothing")).toBeUndefined();
  });
});

describe("batches and lookups", () => {
  test("many entries in one request, all found in one request, in the order that was asked", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `batch ${i}`);
    const bodies = new Map(names.map((name, i) => [name, Buffer.concat([Buffer.from(name), noise(i * 5)])]));
    const response = await client.putBatch(names.map((name) => entryOf(name, bodies.get(name)!)));
    expect(await response.json()).toEqual({ stored: 1000, known: 0, conflicts: 0, refused: [] });
    const asked = [...names, "not there"].reverse();
    const found = await client.lookup(asked);
    expect([...found.keys()]).toEqual(asked);
    for (const name of names) expect(bodies.get(name)!.equals(found.get(name)!.body)).toBe(true);
    expect(found.get("not there")).toBeUndefined();
  });

  test("bodies beyond the inline limits are told without their bytes", async () => {
    const large = largeNoise(5_000_000);
    await client.put("beyond", large);
    const names = Array.from({ length: 20 }, (_, i) => `inline ${i}`);
    const bodies = new Map(names.map((name) => [name, largeNoise(4_000_000)]));
    for (const name of names) await client.put(name, bodies.get(name)!);
    const found = await client.lookup(["beyond", ...names]);
    expect(found.get("beyond")).toMatchObject({ codec: codec.absent, sizeBytes: 5_000_000 });
    const inline = names.filter((name) => found.get(name)?.codec !== codec.absent);
    expect(inline).toHaveLength(16);
    for (const name of inline) expect(bodies.get(name)!.equals(found.get(name)!.body)).toBe(true);
  }, 60_000);

  test("an entry that is refused is named, the others are stored", async () => {
    const body = Buffer.from("fine");
    const response = await client.putBatch([
      entryOf("refused 1", body, { output: sha256("other") }),
      entryOf("fine", body),
      entryOf("refused 2", body, { codec: codec.absent, body: new Uint8Array(0), output: sha256("nowhere") }),
      entryOf("bomb", body, { codec: codec.zstd, body: Bun.zstdCompressSync(Buffer.alloc(30_000_000)) }),
    ]);
    const answer = (await response.json()) as { stored: number; refused: { action: string; code: string }[] };
    expect(answer.stored).toBe(1);
    expect(new Map(answer.refused.map(({ action, code }) => [action, code]))).toEqual(
      new Map([
        [sha256("refused 1").toString("hex"), "protocol/body-mismatch"],
        [sha256("refused 2").toString("hex"), "node/output-unknown"],
        [sha256("bomb").toString("hex"), "protocol/body-mismatch"],
      ]),
    );
  });

  test("a batch that is cut off is told so, and what came whole is there", async () => {
    const frames = Buffer.concat(
      [entryOf("whole", Buffer.from("w")), entryOf("cut", Buffer.from("cut off"))].map(encodeEntry),
    );
    const response = await client.request("/v1/entries", { method: "POST", body: frames.subarray(0, -3) });
    expect(await errorCode(response)).toBe("400 server/body-cut-off");
    expect((await client.get("whole")).status).toBe(200);
    expect((await client.get("cut")).status).toBe(404);
  });

  test("garbage is refused, and the server lives on", async () => {
    const garbage = noise(60_000);
    garbage.writeUInt32LE(0xfffffff0, 1);
    expect(await errorCode(await client.request("/v1/entries", { method: "POST", body: garbage }))).toBe(
      "400 protocol/malformed",
    );
    const wrongType = Buffer.from([9, 0, 0, 0, 0]);
    expect(await errorCode(await client.request("/v1/entries", { method: "POST", body: wrongType }))).toBe(
      "400 server/request-malformed",
    );
    expect(await errorCode(await client.request("/v1/lookup", { method: "POST", body: noise(33) }))).toBe(
      "400 server/request-malformed",
    );
    const after = Buffer.concat([encodeEnd(), encodeEnd()]);
    expect(await errorCode(await client.request("/v1/entries", { method: "POST", body: after }))).toBe(
      "400 server/request-malformed",
    );
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("the absence set knows what is there", async () => {
    await client.put("present", Buffer.from("present"));
    const set = readAbsenceSet(await (await client.request("/v1/absence")).bytes());
    expect(set.mayHold(sha256("present"))).toBe(true);
    expect(
      Array.from({ length: 1000 }, (_, i) => set.mayHold(sha256(`absent ${i}`))).filter(Boolean).length,
    ).toBeLessThan(30);
    const nobody = createClient(server.url, { context: { ...mainContext, scope: "pr/404" } });
    expect((await nobody.request("/v1/absence")).status).toBe(204);
  });
});

describe("what is refused", () => {
  test.each([
    ["a wrong hash", { [entryHeader.output]: "c".repeat(64) }, "422 protocol/body-mismatch"],
    ["a wrong size", { [entryHeader.sizeBytes]: "4" }, "422 protocol/body-mismatch"],
    ["no output id", { [entryHeader.output]: "" }, "400 server/request-malformed"],
    ["a size beyond the limit", { [entryHeader.sizeBytes]: "99999999999" }, "400 server/request-malformed"],
    ["another encoding", { "content-encoding": "br" }, "415 server/encoding-unknown"],
    ["no zstd", { "content-encoding": "zstd" }, "422 protocol/body-mismatch"],
    ["a toolchain that is none", { "ballast-toolchain": "go1.24" }, "400 protocol/malformed"],
    ["no scope", { "ballast-scope": "" }, "400 protocol/malformed"],
    ["a scope that is too long", { "ballast-scope": "x".repeat(201) }, "400 protocol/malformed"],
    ["another protocol version", { "ballast-protocol": "99" }, "426 protocol/unsupported-version"],
    ["an Origin", { origin: "https://example.com" }, "403 server/foreign-page"],
    ["another Host", { host: "cache.example.com" }, "403 server/foreign-page"],
  ])("a put with %s", async (_name, headers, expected) => {
    expect(await errorCode(await client.put("refused", Buffer.from("12345"), headers))).toBe(expected);
    expect((await client.get("refused")).status).toBe(404);
  });

  test("paths and methods that are not part of the protocol", async () => {
    expect(await errorCode(await client.request("/v1/nothing"))).toBe("404 server/path-unknown");
    expect(await errorCode(await client.request("/v1/lookup"))).toBe("405 server/method-unknown");
    expect(await errorCode(await client.request("/v1/actions/xyz"))).toBe("400 server/request-malformed");
    expect(await errorCode(await client.request("/v1/actions/../../etc/passwd"))).toBe("404 server/path-unknown");
  });

  test("bodies and heads beyond the limits", async () => {
    const tooLarge = await client.request("/v1/lookup", { method: "POST", body: new Uint8Array(32 * 4097) });
    expect(await errorCode(tooLarge)).toBe("413 server/body-too-large");
    const length = `POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nballast-scope: main\r\nballast-toolchain: ${"a".repeat(64)}\r\nContent-Length: 70000000\r\n\r\n`;
    expect(await raw(length)).toStartWith("HTTP/1.1 413");
    expect(await raw(`GET /v1/hello HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`)).toStartWith(
      "HTTP/1.1 431",
    );
    expect(await raw(`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no http at all\r\n\r\n`)).not.toStartWith(
      "HTTP/1.1 2",
    );
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test("a put whose sender goes away stores nothing", async () => {
    const body = largeNoise(3_000_000);
    const head = [
      `PUT /v1/actions/${sha256("gone").toString("hex")} HTTP/1.1`,
      "Host: localhost",
      "ballast-scope: main",
      `ballast-toolchain: ${"a".repeat(64)}`,
      `ballast-output: ${sha256(body).toString("hex")}`,
      `ballast-size: ${body.length}`,
      "ballast-time-ns: 1",
      "ballast-partition: 0",
      `content-length: ${body.length}`,
    ];
    const { hostname, port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`${head.join("\r\n")}\r\n\r\n`);
        socket.write(body.subarray(0, 2_000_000), () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
    expect((await client.get("gone")).status).toBe(404);
    expect((await client.put("gone", body)).status).toBe(201);
  });
});

describe("what people ask of it", () => {
  test("hello, stats, metrics, list, verify, purge, gc", async () => {
    await client.put("admin", Buffer.from("for the admin"));
    expect(await (await client.request("/v1/hello")).json()).toMatchObject({
      protocol: protocolVersions.at(-1),
      mode: "read-write",
    });
    expect(((await (await client.request("/v1/stats")).json()) as { entries: number }).entries).toBeGreaterThan(0);
    const metrics = await (await client.request("/metrics")).text();
    expect(metrics).toContain('ballast_cache_puts_total{result="stored"}');
    expect(metrics).toContain("ballast_http_request_duration_seconds_bucket");
    const output = sha256("for the admin").toString("hex");
    const lines = (await (await client.request(`/v1/entries?output=${output}`)).text()).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { action: sha256("admin").toString("hex"), scope: "main", provenance: { run: "7" }, sizeBytes: 13 },
    ]);
    const verified = (await (await client.request("/v1/verify", { method: "POST" })).text()).trim().split("\n");
    expect(JSON.parse(verified.at(-1)!)).toMatchObject({ damaged: 0, done: true });
    expect(await errorCode(await client.request("/v1/purge", { method: "POST", body: "{}" }))).toBe(
      "400 server/request-malformed",
    );
    expect(await errorCode(await client.request("/v1/purge", { method: "POST", body: '{"scoope":"x"}' }))).toBe(
      "400 server/request-malformed",
    );
    const purged = await client.request("/v1/purge", { method: "POST", body: JSON.stringify({ output }) });
    expect(await purged.json()).toMatchObject({ entries: 1 });
    expect((await client.get("admin")).status).toBe(404);
    expect((await client.request("/v1/gc", { method: "POST" })).status).toBe(200);
  }, 30_000);
});

describe("tokens", () => {
  const [reading, writing] = ["r".repeat(20), "w".repeat(20)];
  const tokens = join(folder.path, "tokens");

  test("read tokens read, write tokens write, others do neither", async () => {
    writeFileSync(tokens, `# tokens\nread ${reading}\n\nwrite ${writing}\n`);
    const guarded = await serve(join(folder.path, "guarded"), [], { BALLAST_TOKEN_FILE: tokens });
    try {
      const [reader, writer] = [reading, writing].map((token) => createClient(guarded.url, { token }));
      const body = Buffer.from("secret");
      expect(await errorCode(await createClient(guarded.url).put("a", body))).toBe("401 server/unauthorized");
      for (const token of ["x".repeat(20), reading.slice(1), `${writing}w`, ""]) {
        expect(await errorCode(await createClient(guarded.url, { token }).get("a"))).toBe("401 server/unauthorized");
      }
      expect(await errorCode(await reader!.put("a", body))).toBe("403 server/read-only");
      expect(await errorCode(await reader!.putBatch([entryOf("a", body)]))).toBe("403 server/read-only");
      for (const path of ["purge", "gc", "verify"]) {
        expect(await errorCode(await reader!.request(`/v1/${path}`, { method: "POST" }))).toBe("403 server/read-only");
      }
      expect((await writer!.put("a", body)).status).toBe(201);
      expect(await (await reader!.get("a")).text()).toBe("secret");
      expect((await (await reader!.request("/v1/hello")).json()) as object).toMatchObject({ mode: "read-only" });
      expect((await fetch(`${guarded.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
    } finally {
      await guarded.end("SIGTERM");
    }
    expect(await guarded.stderr()).not.toContain(writing);
  });

  test.each([
    ["another address without tokens", ["--listen", "0.0.0.0:0"], "server/token-needed", 2],
    ["an address that is none", ["--listen", "nonsense"], "server/address-invalid", 2],
    ["a token file that is not there", ["--token-file", "/nonexistent"], "server/token-file-invalid", 2],
    ["a certificate without its key", ["--tls-cert", "/nonexistent"], "server/tls-invalid", 2],
    ["a folder that cannot be made", ["--data", "/dev/null/x"], "node/folder-unusable", 3],
  ] as [string, [string, string], string, number][])("does not start with %s", async (_name, flags, code, status) => {
    const usual = { "--listen": "127.0.0.1:0", "--data": join(folder.path, "unused") };
    const all = Object.entries({ ...usual, [flags[0]]: flags[1] });
    const result = await tryServe(all.flat());
    expect(result.server).toBeUndefined();
    expect(result.stderr).toContain(code);
    expect(result.exitCode).toBe(status);
  });

  test("a token file with a wrong line is refused, without showing the line", async () => {
    const wrong = join(folder.path, "wrong-tokens");
    writeFileSync(wrong, "wrte supersecrettokenvalue\n");
    const result = await tryServe([
      "--listen",
      "127.0.0.1:0",
      "--data",
      join(folder.path, "unused"),
      "--token-file",
      wrong,
    ]);
    expect(result.stderr).toContain("server/token-file-invalid");
    expect(result.stderr).not.toContain("supersecret");
  });
});

test("TLS: who trusts the certificate is served, who does not is not", async () => {
  const { caFile, certFile, keyFile } = await makeCertificates(folder.path, "localhost");
  const secured = await serve(join(folder.path, "secured"), ["--tls-cert", certFile, "--tls-key", keyFile]);
  try {
    expect(secured.url).toStartWith("https://127.0.0.1:");
    const tls = { ca: readFileSync(caFile, "utf8") };
    const body = Buffer.from("over TLS");
    const put = createClient(secured.url).request(`/v1/actions/${sha256("tls").toString("hex")}`, {
      method: "PUT",
      body,
      tls,
      headers: {
        [entryHeader.output]: sha256(body).toString("hex"),
        [entryHeader.sizeBytes]: String(body.length),
        [entryHeader.timeNs]: "1",
        [entryHeader.partition]: "0",
      },
    });
    expect((await put).status).toBe(201);
    const trusting = await createClient(secured.url).request(`/v1/outputs/${sha256(body).toString("hex")}`, { tls });
    expect(await trusting.text()).toBe("over TLS");
    const refused = await fetch(`${secured.url}/healthz`).then(
      () => "served",
      () => "refused",
    );
    expect(refused).toBe("refused");
  } finally {
    await secured.end("SIGTERM");
  }
});

describe("the process", () => {
  test("a second server on the folder, or on the port, is refused and harms nothing", async () => {
    const other = await tryServe(["--listen", "127.0.0.1:0", "--data", join(folder.path, "data")]);
    expect(other.stderr).toContain("node/folder-in-use");
    expect(other.exitCode).toBe(3);
    const port = await tryServe(["--listen", new URL(server.url).host, "--data", join(folder.path, "elsewhere")]);
    expect(port.stderr).toContain("server/address-unusable");
    expect(port.exitCode).toBe(3);
    expect((await client.put("after", Buffer.from("after"))).status).toBe(201);
  });

  test("SIGTERM finishes what is under way and ends with 0; everything is there afterwards", async () => {
    const data = join(folder.path, "term");
    mkdirSync(data);
    const first = await serve(data, ["--json"]);
    const body = largeNoise(2_000_000);
    const writer = createClient(first.url);
    const stream = new ReadableStream({
      async start(controller) {
        controller.enqueue(body.subarray(0, 1_000_000));
        await Bun.sleep(700);
        controller.enqueue(body.subarray(1_000_000));
        controller.close();
      },
    });
    const pending = writer.put("slow", body, {}, stream);
    await Bun.sleep(200);
    const ended = first.end("SIGTERM");
    expect((await pending).status).toBe(201);
    expect(await ended).toBe(0);
    const second = await serve(data);
    expect(body.equals(await (await createClient(second.url).get("slow")).bytes())).toBe(true);
    expect(await second.end("SIGTERM")).toBe(0);
    expect(await second.stderr()).toBe("");
  }, 30_000);

  test("a slow reader costs a bounded amount of memory", async () => {
    const rss = async (): Promise<number> => {
      const text = await Bun.file(`/proc/${server.pid}/status`).text();
      return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1]) * 1024;
    };
    const names = Array.from({ length: 15 }, (_, i) => `slow ${i}`);
    for (const name of names) await client.put(name, largeNoise(4_000_000));
    const before = await rss();
    const body = Buffer.concat(names.map(sha256));
    const head = `POST /v1/lookup HTTP/1.1\r\nHost: localhost\r\nballast-scope: main\r\nballast-toolchain: ${"a".repeat(64)}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const { hostname, port } = new URL(server.url);
    const sockets = Array.from({ length: 64 }, () => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(head);
        socket.write(body);
      });
      socket.pause();
      return socket;
    });
    let peak = 0;
    for (let i = 0; i < 20; i++) {
      await Bun.sleep(100);
      peak = Math.max(peak, await rss());
    }
    for (const socket of sockets) socket.destroy();
    process.stderr.write(
      `  resident: ${(before / 1e6).toFixed(0)} MB before, ${(peak / 1e6).toFixed(0)} MB with 64 slow readers\n`,
    );
    expect({ isBounded: peak < 400e6, before, peak }).toMatchObject({ isBounded: true });
  }, 60_000);
});
