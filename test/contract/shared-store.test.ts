/** What every shared store promises, and what the one on S3 does when things go wrong. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SharedStore } from "../../src/cache/fleet/shared-store.ts";
import { openSharedStore } from "../../src/cache/fleet/stores/open-shared-store.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import { mountSmall, whyNoMounts } from "../e2e/mounted-folder.ts";
import { testWith } from "../with-component.ts";
import { codeOf } from "../failure-code.ts";
import { bucket, type FleetServer, startStore, storeKeys } from "./fleet-servers.ts";
import { startRelay } from "./relay.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-shared-"));
const endings: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

const deadlineMs = 5000;
const idOf = (body: Uint8Array): string => new Bun.CryptoHasher("sha256").update(body).digest("hex");

async function readAll(store: SharedStore, output: string): Promise<Buffer | undefined> {
  const body = await store.get(output, deadlineMs);
  return body === undefined ? undefined : Buffer.from(await new Response(body.bytes).arrayBuffer());
}

let server: Promise<FleetServer> | undefined;
function serverOf(component: string): Promise<FleetServer> {
  server ??= startStore(component).then((started) => {
    endings.push(() => started.end());
    return started;
  });
  return server;
}

interface S3Changes {
  readonly env?: Record<string, string>;
  readonly endpoint?: string;
  readonly url?: string;
  readonly aheadMs?: number;
}

let prefixes = 0;
function openS3(endpoint: string, changes: S3Changes = {}): SharedStore {
  return openSharedStore({
    settings: {
      url: changes.url ?? `s3://${bucket}/test-${prefixes++}`,
      endpoint: changes.endpoint ?? endpoint,
      region: undefined,
      pathStyle: "auto",
    },
    env: {
      HOME: folder,
      AWS_ACCESS_KEY_ID: storeKeys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: storeKeys.secretAccessKey,
      ...changes.env,
    },
    nowMs: () => Date.now() + (changes.aheadMs ?? 0),
  });
}

type AddTest = (title: string, run: (open: SharedStore) => Promise<void>) => void;

function contract(addTest: AddTest): void {
  addTest("gives back what was put, in its form, by its id", async (open) => {
    const raw = Buffer.from("a body ".repeat(1000));
    const packed = Bun.zstdCompressSync(raw);
    await open.put(idOf(raw), codec.zstd, packed, deadlineMs);
    const found = await open.get(idOf(raw), deadlineMs);
    expect(found).toMatchObject({ codec: codec.zstd, storedBytes: packed.length });
    expect(Buffer.from(await new Response(found!.bytes).arrayBuffer())).toEqual(Buffer.from(packed));
  });

  addTest(
    "what is not there is a miss; what was deleted is not there, and deleting it again is no failure",
    async (open) => {
      const body = Buffer.from("soon gone");
      expect(await open.get(idOf(body), deadlineMs)).toBeUndefined();
      expect(await open.has(idOf(body), deadlineMs)).toBe(false);
      await open.put(idOf(body), codec.identity, body, deadlineMs);
      expect(await open.has(idOf(body), deadlineMs)).toBe(true);
      await open.delete(idOf(body), deadlineMs);
      await open.delete(idOf(body), deadlineMs);
      expect(await open.has(idOf(body), deadlineMs)).toBe(false);
    },
  );

  addTest("an empty body, and one of 20 MB from a file", async (open) => {
    const empty = Buffer.alloc(0);
    await open.put(idOf(empty), codec.identity, empty, deadlineMs);
    expect(await open.has(idOf(empty), deadlineMs)).toBe(true);
    expect(await readAll(open, idOf(empty))).toEqual(empty);
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const whole = Buffer.concat(Array.from({ length: 320 }, () => large));
    const path = join(folder, "large");
    writeFileSync(path, whole);
    await open.put(idOf(whole), codec.identity, { path, sizeBytes: whole.length }, deadlineMs);
    expect(idOf((await readAll(open, idOf(whole)))!)).toBe(idOf(whole));
  });

  addTest("many may put one body at once, in two forms; whoever reads gets one of them whole", async (open) => {
    const raw = Buffer.from("of many ".repeat(5000));
    const forms = [raw, Bun.zstdCompressSync(raw)] as const;
    const puts = Array.from({ length: 20 }, (_, at) =>
      open.put(idOf(raw), at % 2 === 0 ? codec.identity : codec.zstd, forms[at % 2]!, deadlineMs),
    );
    await Promise.all(puts);
    const found = (await open.get(idOf(raw), deadlineMs))!;
    const bytes = new Uint8Array(await new Response(found.bytes).arrayBuffer());
    const decoded = found.codec === codec.zstd ? Bun.zstdDecompressSync(bytes) : bytes;
    expect(idOf(decoded)).toBe(idOf(raw));
  });
}

describe("in a folder", () => {
  let count = 0;
  contract((title, run) => {
    test(title, async () => {
      const path = join(folder, `mounted ${count++}`);
      mkdirSync(path);
      const url = pathToFileURL(path).href;
      await run(openSharedStore({ settings: { ...noSettings, url }, env: {}, nowMs: Date.now }));
    });
  });

  const noSettings = { endpoint: undefined, region: undefined, pathStyle: "auto" } as const;

  test("a folder that is not there is a failure, not a miss, and is not made", async () => {
    const url = pathToFileURL(join(folder, "absent")).href;
    const open = openSharedStore({ settings: { ...noSettings, url }, env: {}, nowMs: Date.now });
    const body = Buffer.from("x");
    expect(await codeOf(() => open.get(idOf(body), deadlineMs))).toBe("fleet/store-unreachable");
    expect(await codeOf(() => open.put(idOf(body), codec.identity, body, deadlineMs))).toBe("fleet/store-unreachable");
  });
});

describe("on S3", () => {
  contract((title, run) => {
    testWith("versitygw", title, async (component) => run(openS3((await serverOf(component)).url)));
  });

  testWith("versitygw", "credentials that are wrong are a failure, whatever status says so", async (component) => {
    const { url } = await serverOf(component);
    const id = idOf(Buffer.from("nothing"));
    const wrong = [{ AWS_ACCESS_KEY_ID: "nobody" }, { AWS_SECRET_ACCESS_KEY: "wrong" }, { AWS_SESSION_TOKEN: "none" }];
    for (const env of wrong) {
      expect(await codeOf(() => openS3(url, { env }).get(id, deadlineMs))).toBe("fleet/store-refused");
      expect(await codeOf(() => openS3(url, { env }).has(id, deadlineMs))).toBe("fleet/store-refused");
    }
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    expect(await codeOf(() => openS3(url, { env: none }).get(id, deadlineMs))).toBe("fleet/store-no-credentials");
    const other = openS3(url, { url: "s3://another-bucket/x" });
    expect(await codeOf(() => other.get(id, deadlineMs))).toBe("fleet/store-bucket-missing");
  });

  testWith(
    "versitygw",
    "credentials in a file are read again when it changes, and after a refusal",
    async (component) => {
      const file = join(folder, "credentials");
      const write = (secret: string): void =>
        writeFileSync(file, `[ci]\naws_access_key_id = ${storeKeys.accessKeyId}\naws_secret_access_key = ${secret}\n`);
      write("an-old-secret");
      const open = openS3((await serverOf(component)).url, {
        env: {
          AWS_ACCESS_KEY_ID: "",
          AWS_SECRET_ACCESS_KEY: "",
          AWS_PROFILE: "ci",
          AWS_SHARED_CREDENTIALS_FILE: file,
        },
      });
      const body = Buffer.from("renewed");
      expect(await codeOf(() => open.put(idOf(body), codec.identity, body, deadlineMs))).toBe("fleet/store-refused");
      write(storeKeys.secretAccessKey);
      await open.put(idOf(body), codec.identity, body, deadlineMs);
      expect(await readAll(open, idOf(body))).toEqual(body);
    },
  );

  testWith("versitygw", "a clock that is an hour off is corrected by the server's Date", async (component) => {
    for (const aheadMs of [3_600_000, -3_600_000]) {
      const open = openS3((await serverOf(component)).url, { aheadMs });
      const body = Buffer.from(`skewed by ${aheadMs}`);
      await open.put(idOf(body), codec.identity, body, deadlineMs);
      expect(await readAll(open, idOf(body))).toEqual(body);
    }
  });

  testWith(
    "versitygw",
    "a server that hangs, in front of the answer or in its middle, costs the deadline",
    async (component) => {
      const { port } = await serverOf(component);
      const relay = await startRelay(port);
      endings.push(() => relay.close());
      const open = openS3(`http://127.0.0.1:${relay.port}`);
      const body = Buffer.alloc(8_000_000, 7);
      await open.put(idOf(body), codec.identity, body, deadlineMs);
      const half = (await open.get(idOf(body), 700))!;
      relay.stall();
      let startedMs = performance.now();
      await expect(new Response(half.bytes).arrayBuffer()).rejects.toThrow();
      expect(performance.now() - startedMs).toBeLessThan(2500);
      startedMs = performance.now();
      expect(await codeOf(() => open.get(idOf(body), 500))).toBe("fleet/store-unreachable");
      expect(performance.now() - startedMs).toBeLessThan(1500);
      relay.cut();
      expect(await codeOf(() => open.has(idOf(body), 500))).toBe("fleet/store-unreachable");
      relay.mend();
      expect(await open.has(idOf(body), deadlineMs)).toBe(true);
    },
  );

  testWith("versitygw", "a server that comes back within the deadline is no failure", async (component) => {
    const own = await startStore(component);
    endings.push(() => own.end());
    const open = openS3(own.url);
    const body = Buffer.from("in between");
    await own.kill();
    const put = open.put(idOf(body), codec.identity, body, deadlineMs);
    await Bun.sleep(300);
    await own.start();
    await put;
    expect(await readAll(open, idOf(body))).toEqual(body);
  });

  const reason = whyNoMounts();
  if (reason === undefined) {
    testWith("versitygw", "a disk that is full is a failure of its own kind", async (component) => {
      await using small = await mountSmall(join(folder, "small"), 4 * 1024 * 1024);
      const own = await startStore(component, small.path);
      try {
        const open = openS3(own.url);
        const body = crypto.getRandomValues(new Uint8Array(6_000_000 / 100));
        const large = Buffer.concat(Array.from({ length: 100 }, () => body));
        const code = await codeOf(() => open.put(idOf(large), codec.identity, large, 3000));
        expect(["fleet/store-full", "fleet/store-unreachable"]).toContain(code);
        const fits = Buffer.from("fits");
        await open.put(idOf(fits), codec.identity, fits, deadlineMs);
      } finally {
        await own.kill();
      }
    });
  } else {
    test.skip(`a disk that is full is a failure of its own kind [skipped: ${reason}]`, () => undefined);
  }
});
