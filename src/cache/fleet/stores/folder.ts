/**
 * Bodies in a folder that all nodes mount: `file:///FOLDER`. A body has its final name only when it is whole, by a
 * rename, so that any number of nodes may write it at once.
 */

import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { BallastError } from "../../../core/errors.ts";
import { type Codec, codec } from "../../protocol/entry.ts";
import type { BodySource, SharedBody, SharedStore } from "../shared-store.ts";
import { fleetErrors } from "../errors.ts";
import { storeErrors } from "./store-errors.ts";

/** The two forms of a body, as the ends of their names; the smaller one is looked for first. */
const forms: readonly (readonly [Codec, string])[] = [
  [codec.zstd, ".zst"],
  [codec.identity, ""],
];

/** Throws `fleet/store-invalid`. The folder must be there: one that is not mounted must not be made. */
export function openFolderStore(url: string): SharedStore {
  const folder = folderOf(url);
  return {
    put: (output, encoding, body, deadlineMs) =>
      guarded(deadlineMs, (signal) => put(folder, output, encoding, body, signal)),
    get: (output, deadlineMs) => guarded(deadlineMs, (signal) => get(folder, output, signal)),
    has: (output, deadlineMs) => guarded(deadlineMs, async () => (await findForm(folder, output)) !== undefined),
    delete: (output, deadlineMs) =>
      guarded(deadlineMs, async () => {
        for (const [, end] of forms) await rm(pathOf(folder, output, end), { force: true });
      }),
    close: () => Promise.resolve(),
  };
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw storeErrors.error("fleet/store-invalid", url, { cause });
  }
}

function pathOf(folder: string, output: string, end: string): string {
  return join(folder, "outputs", output.slice(0, 2), output + end);
}

/** A file system over the network may hang for ever: the deadline ends the waiting, if not the call. */
async function guarded<Result>(deadlineMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const signal = AbortSignal.timeout(deadlineMs);
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () =>
    reject(fleetErrors.error("fleet/store-unreachable", `nothing within ${deadlineMs} ms`)),
  );
  try {
    return await Promise.race([work(signal), promise]);
  } catch (cause) {
    throw cause instanceof BallastError ? cause : failureOf(cause as NodeJS.ErrnoException);
  }
}

function failureOf(cause: NodeJS.ErrnoException): BallastError {
  const { code = "", message } = cause;
  if (["ENOSPC", "EDQUOT", "EFBIG"].includes(code)) return fleetErrors.error("fleet/store-full", message, { cause });
  if (["EACCES", "EPERM", "EROFS"].includes(code)) return fleetErrors.error("fleet/store-refused", message, { cause });
  return fleetErrors.error("fleet/store-unreachable", message, { cause });
}

async function put(
  folder: string,
  output: string,
  encoding: Codec,
  source: BodySource,
  signal: AbortSignal,
): Promise<void> {
  // Missing when nothing is mounted there.
  await stat(folder);
  const end = forms.find(([form]) => form === encoding)?.[1] ?? "";
  const path = pathOf(folder, output, end);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await pipeline(readerOf(source), createWriteStream(temporary, { flush: true }) satisfies WriteStream, { signal });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}

function readerOf(source: BodySource): Readable {
  if (source instanceof Uint8Array) return Readable.from([source]);
  return Readable.fromWeb(Bun.file(source.path).stream());
}

interface Found {
  readonly encoding: Codec;
  readonly path: string;
}

async function findForm(folder: string, output: string): Promise<Found | undefined> {
  for (const [encoding, end] of forms) {
    const path = pathOf(folder, output, end);
    if (await Bun.file(path).exists()) return { encoding, path };
  }
  // A folder that is gone is a failure; that this body is not in it is none.
  await stat(folder);
  return undefined;
}

async function get(folder: string, output: string, signal: AbortSignal): Promise<SharedBody | undefined> {
  const found = await findForm(folder, output);
  if (found === undefined) return undefined;
  const handle = await open(found.path);
  const { size } = await handle.stat();
  const reader = handle.createReadStream({ autoClose: true, signal });
  return {
    codec: found.encoding,
    storedBytes: size,
    bytes: Readable.toWeb(reader) as unknown as ReadableStream<Uint8Array>,
  };
}
