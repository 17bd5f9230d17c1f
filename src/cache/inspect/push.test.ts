import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { actionPath, formatEntryLine, outputPath } from "../../go/gocache/entry-file.ts";
import type { CacheClient } from "../helper/client.ts";
import { type CacheFolder, openCacheFolder } from "../local/folder.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { createFrameReader, decodeEntry, frameType } from "../protocol/frame.ts";
import { pushFolder, type PushReport } from "./push.ts";

const gocaches: string[] = [];
afterEach(() => {
  for (const path of gocaches.splice(0)) rmSync(path, { recursive: true, force: true });
});

function newFolder(): CacheFolder {
  const path = mkdtempSync(`${tmpdir()}/ballast-push-`);
  gocaches.push(path);
  for (let i = 0; i < 256; i++) mkdirSync(`${path}/${i.toString(16).padStart(2, "0")}`);
  return openCacheFolder(path, "main");
}

const sha = (bytes: string | Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

function put(folder: CacheFolder, name: string, body: string | Uint8Array): string {
  const [action, output] = [sha(name), sha(body)];
  writeFileSync(outputPath(folder.path, output), body);
  const sizeBytes = Buffer.byteLength(body);
  writeFileSync(actionPath(folder.path, action), formatEntryLine(action, { output, sizeBytes, timeNs: 17n }));
  return action;
}

/** An archive as the compiler writes it, as far as its kind and version go. */
function archive(version: string): string {
  const body = `go object linux amd64 ${version} GOAMD64=v1\n`;
  return `!<arch>\n${"__.PKGDEF".padEnd(48)}${String(body.length).padEnd(10)}\`\n${body}${body.length % 2 === 1 ? "\n" : ""}`;
}

/** A server that remembers, in memory; `status` answers a request before it is looked at. */
function fakeServer(status: (request: number) => number = () => 200): {
  client: CacheClient;
  entries: Map<string, WireEntry>;
  bodies: Set<string>;
  requests: { links: number; bodies: number; files: number }[];
} {
  const entries = new Map<string, WireEntry>();
  const bodies = new Set<string>();
  const requests: { links: number; bodies: number; files: number }[] = [];
  const hex = (id: Uint8Array): string => Buffer.from(id).toString("hex");

  function take(entry: WireEntry): "stored" | "known" | "node/output-unknown" {
    const [action, output] = [hex(entry.action), hex(entry.output)];
    if (entry.codec === codec.absent && !bodies.has(output)) return "node/output-unknown";
    bodies.add(output);
    const known = entries.get(action);
    entries.set(action, {
      ...entry,
      action: Buffer.from(entry.action),
      output: Buffer.from(entry.output),
      body: Buffer.from(entry.body),
    });
    return known !== undefined && hex(known.output) === output ? "known" : "stored";
  }

  const client = {
    putEntries(frames: Uint8Array) {
      const code = status(requests.length);
      const counts = { links: 0, bodies: 0, files: 0 };
      requests.push(counts);
      if (code !== 200) return Promise.resolve(new Response("", { status: code }));
      const answer = { stored: 0, known: 0, conflicts: 0, refused: [] as { action: string; code: string }[] };
      createFrameReader().feed(frames, ({ type, payload }) => {
        if (type !== frameType.entry) return;
        const entry = decodeEntry(payload);
        counts[entry.codec === codec.absent ? "links" : "bodies"]++;
        const result = take(entry);
        if (result === "node/output-unknown") answer.refused.push({ action: hex(entry.action), code: result });
        else answer[result]++;
      });
      return Promise.resolve(Response.json(answer));
    },
    putFile(head: WireEntry) {
      requests.push({ links: 0, bodies: 0, files: 1 });
      const result = take({ ...head, codec: codec.identity, body: new Uint8Array(0) });
      return Promise.resolve(new Response(null, { headers: { "ballast-result": result } }));
    },
  } as unknown as CacheClient;
  return { client, entries, bodies, requests };
}

function push(folder: CacheFolder, client: CacheClient, isDryRun = false): Promise<PushReport> {
  return pushFolder({
    folder,
    client,
    share: ["compile", "vet", "index"],
    sharedFolders: ["/go/src/"],
    goVersion: "go1.26.8",
    toolchainTag: 7,
    isDryRun,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

test("sends what helps others, once, and says what it left out", async () => {
  const folder = newFolder();
  const ours = put(folder, "ours", archive("go1.26.8"));
  const same = put(folder, "same body", archive("go1.26.8"));
  const empty = put(folder, "empty", "");
  put(folder, "old", archive("go1.25.1"));
  put(folder, "log", "# test log\n");
  put(folder, "checkout", "go index v2\n/home/me/x.go");
  const index = put(folder, "std", "go index v2\n/go/src/x/x.go");
  writeFileSync(outputPath(folder.path, sha("rotten")), "r0tten");
  writeFileSync(
    actionPath(folder.path, sha("r")),
    formatEntryLine(sha("r"), { output: sha("rotten"), sizeBytes: 6, timeNs: 1n }),
  );
  const { client, entries, requests } = fakeServer();
  const report = await push(folder, client);
  expect(report).toMatchObject({ entries: 8, offered: 4, sent: 4, known: 0, refused: [] });
  expect(report.leftOut).toEqual({ "other-toolchain": 1, "not-shared": 2, damaged: 1 });
  expect([...entries.keys()].toSorted()).toEqual([ours, same, empty, index].toSorted());
  expect(entries.get(ours)).toMatchObject({ timeNs: 17n, partition: 0, kind: 1 });
  expect(requests).toEqual([
    { links: 4, bodies: 0, files: 0 },
    { links: 0, bodies: 4, files: 0 },
  ]);
  expect(await push(folder, client)).toMatchObject({ sent: 0, known: 4, sentBytes: 0 });
  expect(requests.slice(2)).toEqual([{ links: 4, bodies: 0, files: 0 }]);
});

test("what another scope has is linked without its body", async () => {
  const folder = newFolder();
  put(folder, "a", archive("go1.26.8"));
  const { client, bodies } = fakeServer();
  bodies.add(sha(archive("go1.26.8")));
  expect(await push(folder, client)).toMatchObject({ sent: 1, sentBytes: 0, packedBytes: 0 });
});

test("a body that stays too large when packed goes by itself", async () => {
  const folder = newFolder();
  const noise = Buffer.alloc(5 * 1024 * 1024);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  put(folder, "noise", noise);
  put(folder, "zeros", Buffer.alloc(5 * 1024 * 1024));
  const { client, requests } = fakeServer();
  expect(await push(folder, client)).toMatchObject({ sent: 2, refused: [] });
  expect(requests.map(({ files, bodies }) => `${files} ${bodies}`).toSorted()).toEqual(["0 0", "0 1", "1 0"]);
});

test("a server that fails once is asked again; one that refuses is not", async () => {
  const folder = newFolder();
  put(folder, "a", archive("go1.26.8"));
  const flaky = fakeServer((request) => (request === 0 ? 503 : 200));
  expect(await push(folder, flaky.client)).toMatchObject({ sent: 1 });
  const closed = fakeServer(() => 403);
  await expect(push(folder, closed.client)).rejects.toMatchObject({ code: "inspect/server-refused" });
  expect(closed.requests.length).toBe(1);
});

test("a server that stays away is unreachable, or leaves the push incomplete", async () => {
  const folder = newFolder();
  put(folder, "a", archive("go1.26.8"));
  await expect(push(folder, fakeServer(() => 503).client)).rejects.toMatchObject({
    code: "inspect/server-unreachable",
  });
  const known = fakeServer((request) => (request < 1 ? 200 : 503));
  known.bodies.add(sha(""));
  for (let i = 0; i < 4096; i++) put(folder, `empty ${i}`, "");
  await expect(push(folder, known.client)).rejects.toMatchObject({ code: "inspect/push-incomplete" });
  expect(known.entries.size).toBeGreaterThan(0);
}, 30_000);

test("a dry run asks nobody", async () => {
  const folder = newFolder();
  put(folder, "a", archive("go1.26.8"));
  const { client, requests } = fakeServer(() => 500);
  expect(await push(folder, client, true)).toMatchObject({
    offered: 1,
    offeredBytes: archive("go1.26.8").length,
    sent: 0,
  });
  expect(requests).toEqual([]);
});
