/**
 * The helper: one thread that reads Go's pipe, answers from the local tier between two reads, and hands what is not
 * local to the network threads, which answer by themselves.
 */

import { appendFileSync, closeSync, readSync, writeSync } from "node:fs";
import { closeAnswer, errorAnswer, hitAnswer, missAnswer, putAnswer, rfc3339 } from "../../go/cacheprog/answers.ts";
import { type PipeHandler, PipeReader } from "../../go/cacheprog/pipe-reader.ts";
import { trimFolder, trimIsDue } from "../../go/gocache/trim.ts";
import { recallToolchain } from "../../go/toolchain.ts";
import type { BodyFile, FinishedBody } from "../local/body-file.ts";
import { openCacheFolder } from "../local/folder.ts";
import { LocalTier } from "../local/local-tier.ts";
import { origin } from "../local/record.ts";
import { sweepSpill } from "../local/spill.ts";
import type { HelperOptions } from "./options.ts";
import { createRemoteLink, type RemoteLink } from "./remote-link.ts";
import { sum } from "./shared-state.ts";
import type { RunSummary } from "./summary.ts";
import { toolchainMemoPath, toolchainTag } from "./thread-context.ts";

/** A pipe holds 64 KiB. */
const readBytes = 64 * 1024;

interface Put {
  readonly id: number;
  readonly action: Buffer;
  readonly output: Buffer;
  readonly sizeBytes: number;
  /** Where the body goes; absent when it is there already or nothing can take it. */
  readonly body: BodyFile | undefined;
  readonly known: FinishedBody | undefined;
  /** Why the body could not be written. */
  failure: Error | undefined;
}

interface Counts {
  gets: number;
  localHits: number;
  puts: number;
}

/**
 * Serves Go until it closes the pipe; the announcement was made before. Go waits for the end of the pipe and not of
 * the process, so what need not be waited for comes behind it.
 */
export function runHelper(options: HelperOptions): void {
  const startMs = performance.now();
  const folder = openCacheFolder(options.gocache, options.scope);
  const toolchain = recallToolchain(options.goroot, options.toolFolder, toolchainMemoPath(folder));
  const tag = toolchain === undefined ? 0 : toolchainTag(toolchain);
  const tier = new LocalTier({ folder, toolchainTag: tag, nowMs: Date.now, name: "m" });
  const link = options.server === undefined ? undefined : createRemoteLink(options);
  const counts: Counts = { gets: 0, localHits: 0, puts: 0 };
  const closeId = serve(tier, link, counts);
  tier.flush();
  link?.finish();
  writeSummary(options, counts, tier, link, performance.now() - startMs);
  if (closeId !== undefined) writeSync(1, closeAnswer(closeId));
  closeSync(1);
  if (trimIsDue(folder.path, Date.now())) tidy(folder.path);
}

/** Reads requests until close or the pipe's end; returns the id of close. */
function serve(tier: LocalTier, link: RemoteLink | undefined, counts: Counts): number | undefined {
  let closeId: number | undefined;
  const reader = new PipeReader(createHandler(tier, link, counts, (id) => (closeId = id)));
  const buffer = Buffer.allocUnsafe(readBytes);
  while (closeId === undefined) {
    const length = readPipe(buffer);
    if (length === 0) break;
    reader.feed(buffer.subarray(0, length));
  }
  return closeId;
}

function readPipe(buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(0, buffer, 0, buffer.length, null);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code !== "EAGAIN" && code !== "EINTR") throw cause;
      Bun.sleepSync(1); // a pipe that somebody made non-blocking
    }
  }
}

function createHandler(
  tier: LocalTier,
  link: RemoteLink | undefined,
  counts: Counts,
  onClose: (id: number) => void,
): PipeHandler {
  const missedMs = new Map<string, number>();
  let put: Put | undefined;

  function endPut({ id, action, output, sizeBytes, body, known, failure }: Put): void {
    try {
      if (failure !== undefined) throw failure;
      const done = known ?? (body as BodyFile).finish();
      const missed = missedMs.get(action.toString("base64"));
      const costMs = missed === undefined ? 0 : Math.round(performance.now() - missed);
      const entry = { action, output, sizeBytes, timeNs: BigInt(Date.now()) * 1_000_000n, costMs };
      tier.link({ ...entry, kind: 0, origin: origin.put }, done.print);
      writeSync(1, putAnswer(id, JSON.stringify(done.path)));
      link?.offer({ ...entry, path: done.path });
    } catch (cause) {
      body?.abandon();
      writeSync(1, errorAnswer(id, `ballast could not store a body: ${String(cause)}`));
    }
  }

  return {
    get(id, action) {
      counts.gets++;
      const bytes = Buffer.from(action, "base64");
      const hit = tier.get(bytes);
      if (hit !== undefined) {
        counts.localHits++;
        const output = Buffer.from(hit.output, "hex").toString("base64");
        writeSync(1, hitAnswer(id, output, hit.sizeBytes, rfc3339(hit.timeNs), JSON.stringify(hit.path)));
        return;
      }
      missedMs.set(action, performance.now());
      if (link === undefined || !link.ask(id, action, bytes)) writeSync(1, missAnswer(id));
    },
    putStart(id, action, output, sizeBytes) {
      counts.puts++;
      put = startPut(tier, id, Buffer.from(action, "base64"), Buffer.from(output, "base64"), sizeBytes);
    },
    putBytes(bytes) {
      if (put === undefined || put.failure !== undefined) return;
      try {
        put.body?.write(bytes);
      } catch (cause) {
        put.failure = asError(cause);
      }
    },
    putEnd() {
      if (put !== undefined) endPut(put);
      put = undefined;
    },
    close: onClose,
    unknown: (id, command) => writeSync(1, errorAnswer(id, `ballast does not know the command ${command}`)),
  };
}

function startPut(tier: LocalTier, id: number, action: Buffer, output: Buffer, sizeBytes: number): Put {
  const put = { id, action, output, sizeBytes, failure: undefined };
  const name = output.toString("hex");
  const known = tier.findBody(name);
  if (known !== undefined) return { ...put, known, body: undefined };
  try {
    return { ...put, known, body: tier.startBody(name, sizeBytes) };
  } catch (cause) {
    return { ...put, known, body: undefined, failure: asError(cause) };
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** Go leaves trimming to the helper; a folder that refuses is not worth a word. */
function tidy(folder: string): void {
  try {
    trimFolder(folder, Date.now());
    sweepSpill(Date.now());
  } catch {
    return;
  }
}

function writeSummary(
  options: HelperOptions,
  counts: Counts,
  tier: LocalTier,
  link: RemoteLink | undefined,
  wallMs: number,
): void {
  if (options.summaryFile === undefined) return;
  const total = (index: number): number => link?.total(index) ?? 0;
  const remoteHits = total(sum.remoteHits);
  const summary: RunSummary = {
    ...counts,
    remoteHits,
    misses: counts.gets - counts.localHits - remoteHits,
    bytesDown: total(sum.bytesDown),
    bytesUp: total(sum.bytesUp),
    uploaded: total(sum.uploaded),
    dropped: total(sum.dropped),
    corrupt: tier.counts.corrupt,
    savedMs: total(sum.savedMs),
    waitedMs: Math.round(total(sum.waitedMs)),
    wallMs: Math.round(wallMs),
  };
  try {
    appendFileSync(options.summaryFile, `${JSON.stringify(summary)}\n`);
  } catch {
    return; // a report that nobody can read is not worth a build
  }
}
