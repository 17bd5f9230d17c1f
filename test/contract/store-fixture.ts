/** A store in a folder of its own, and bodies to put into it. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../src/cache/node/open-store.ts";
import type { PutResult, Store } from "../../src/cache/node/store.ts";
import type { StoreOptions } from "../../src/cache/node/store-state.ts";
import type { View } from "../../src/cache/node/view.ts";
import { decodeBody } from "../../src/cache/node/encoded-body.ts";
import { codec, type EntryHead, type RequestContext, type WireEntry } from "../../src/cache/protocol/entry.ts";
import { createManualClock, type ManualClock } from "../../src/core/clock.ts";
import { createLogger } from "../../src/core/logger.ts";

export interface Fixture {
  store: Store;
  folder: string;
  readonly clock: ManualClock;
  /** Log lines so far. */
  readonly lines: string[];
  /** Closes and opens again. */
  reopen(changes?: Partial<StoreOptions>): Promise<void>;
  /** Leaves the store as `kill -9` would: a copy of its files, taken while it was open, is opened instead. */
  crash(damage?: (folder: string) => void): Promise<void>;
  dispose(): Promise<void>;
}

export function openFixture(options: Partial<StoreOptions> = {}): Fixture {
  const base = mkdtempSync(join(tmpdir(), "ballast-store-"));
  const clock = createManualClock(1_790_000_000_000);
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line), level: "debug", clock });
  let generation = 0;

  function open(folder: string, changes: Partial<StoreOptions> = {}): Store {
    return openStore({
      folder,
      maxSizeBytes: 1e12,
      maxAgeMs: 1e12,
      diskSpace: () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
      scrubBytesPerSecond: 0,
      lookupBytes: 1e6,
      segmentBytes: 64 * 1024,
      ownFileBytes: 32 * 1024,
      maintains: false,
      log,
      clock,
      ...options,
      ...changes,
    });
  }

  const first = join(base, "0");
  const fixture: Fixture = {
    store: open(first),
    folder: first,
    clock,
    lines,
    async reopen(changes) {
      await fixture.store.close();
      fixture.store = open(fixture.folder, changes);
    },
    async crash(damage) {
      const next = join(base, String(++generation));
      cpSync(fixture.folder, next, { recursive: true });
      await fixture.store.close();
      rmSync(fixture.folder, { recursive: true });
      damage?.(next);
      fixture.folder = next;
      fixture.store = open(next);
    },
    async dispose() {
      await fixture.store.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
  return fixture;
}

export function context(scope: string, changes: Partial<RequestContext> = {}): RequestContext {
  return { scope, ancestors: [], toolchain: "a".repeat(64), image: "b".repeat(64), provenance: {}, ...changes };
}

export function sha256(data: string | Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256").update(data).digest();
}

/** A body that compresses somewhat, different for each name. */
export function bodyOf(name: string, sizeBytes: number): Buffer {
  const word = Buffer.from(`${sha256(name).toString("hex")} the same words again and again `);
  const body = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += word.length) word.copy(body, at);
  return body;
}

/** Bytes that do not compress. */
export function noiseOf(name: string, sizeBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at * 32 < sizeBytes; at++) parts.push(sha256(`${name} ${at}`));
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

export function headOf(action: string, body: Uint8Array, changes: Partial<EntryHead> = {}): EntryHead {
  return {
    action: sha256(action),
    output: sha256(body),
    sizeBytes: body.length,
    timeNs: 1_790_000_000_123_456_789n,
    costMs: 7,
    kind: 0,
    partition: 0,
    ...changes,
  };
}

export function entryOf(action: string, body: Uint8Array, changes: Partial<WireEntry> = {}): WireEntry {
  return { ...headOf(action, body, changes), codec: codec.identity, body, ...changes };
}

export function zstdEntryOf(action: string, body: Uint8Array, changes: Partial<WireEntry> = {}): WireEntry {
  return entryOf(action, body, {
    codec: codec.zstd,
    body: Bun.zstdCompressSync(body),
    output: sha256(body),
    sizeBytes: body.length,
    ...changes,
  });
}

/** An archive as the compiler writes it, so far as telling its kind needs. */
export function packageBody(name: string): Buffer {
  return Buffer.from(
    `!<arch>\n__.PKGDEF       0           0     0     644     6         \`\n${name.slice(0, 6).padEnd(6)}`,
  );
}

/** The raw body under an action, or `undefined`. */
export function readRaw(store: Store, view: View, action: string): Uint8Array | undefined {
  const row = store.find(view, sha256(action));
  if (row === undefined) return undefined;
  const bytes = store.read(row);
  return bytes === undefined ? undefined : decodeBody(bytes, row.codec, row.sizeBytes);
}

export async function receive(
  store: Store,
  view: View,
  head: EntryHead,
  encoded: Uint8Array,
  encoding: WireEntry["codec"],
  chunkBytes = 10_000,
): Promise<PutResult> {
  const receiver = store.receive(view, head, encoding);
  try {
    for (let at = 0; at < encoded.length; at += chunkBytes) await receiver.write(encoded.subarray(at, at + chunkBytes));
    return await receiver.finish();
  } catch (cause) {
    receiver.abort();
    throw cause;
  }
}
