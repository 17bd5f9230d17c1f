/**
 * The helper: one thread that reads Go's pipe, answers from the local tier between two reads, and hands what is not
 * local to the network threads, which answer by themselves.
 */

import { appendFileSync, closeSync, openSync, readSync, writeSync } from "node:fs";
import { closeAnswer } from "../../go/cacheprog/answers.ts";
import { PipeReader } from "../../go/cacheprog/pipe-reader.ts";
import { trimFolder, trimIsDue } from "../../go/gocache/trim.ts";
import { ownCommand } from "../../core/own-command.ts";
import { recallToolchain } from "../../go/toolchain.ts";
import { type CacheFolder, findCacheFolder, openCacheFolder } from "../local/folder.ts";
import { LocalTier } from "../local/local-tier.ts";
import { removeOld } from "../local/old-files.ts";
import { openReadOnlyFolder, type ReadOnlyFolder } from "../local/read-only-folder.ts";
import { sweepSpill } from "../local/spill.ts";
import type { RunGain } from "../protocol/run.ts";
import { findLinkedPrograms } from "./linked-programs.ts";
import type { HelperOptions } from "./options.ts";
import { RemoteLink } from "./remote-link.ts";
import { RequestHandler } from "./request-handler.ts";
import { sum } from "./shared-state.ts";
import { type RunSummary, usedPath } from "./summary.ts";
import { toolchainMemoPath, toolchainTag } from "./thread-context.ts";

/** A pipe holds 64 KiB. */
const readBytes = 64 * 1024;
/** No body is under way for so long. */
const temporaryKeepMs = 3_600_000;
/** What a command needed last is forgotten when its entries would be trimmed. */
const runKeepMs = 5 * 24 * 3_600_000;

/**
 * Serves Go until it closes the pipe; the announcement was made before. Go waits for the end of the pipe and not of
 * the process, so what need not be waited for comes behind it.
 * @param agentEnv in which an agent, if one is left behind, finds the same settings
 */
export function runHelper(options: HelperOptions, agentEnv: Readonly<Record<string, string | undefined>>): void {
  const startMs = performance.now();
  const folder = openCacheFolder(options.gocache, options.scope);
  const toolchain = recallToolchain(options.goroot, options.toolFolder, toolchainMemoPath(folder));
  const tag = toolchain === undefined ? 0 : toolchainTag(toolchain);
  const tier = new LocalTier({ folder, toolchainTag: tag, nowMs: Date.now, name: "m" });
  const link = options.server === undefined ? undefined : new RemoteLink(options);
  const readOnly = openBase(options, folder, tag);
  // What a usual cache holds need not be sent.
  if (tier.isNew && readOnly === undefined) link?.beginEarly();
  const handler = new RequestHandler({ tier, readOnly, link, folder: folder.path, goFolder: options.goFolder });
  serve(handler);
  // Go that went without a close (`go list`) waits for nothing, but a CI step waits for whoever holds its stderr.
  if (handler.closeId === undefined) letGo([2]);
  tier.flush();
  readOnly?.flush();
  if (handler.closeId !== undefined) keepPrograms(options, handler, folder, startMs, link);
  // Only the summary tells misses: some milliseconds that Go would wait for.
  const idle = options.summaryFile === undefined ? 0 : handler.countIdle();
  const summary = summarize(handler, tier, link, idle);
  link?.finish(handler.used.bytes(), gainOf(summary, link));
  writeUsed(options, summary, handler);
  writeSummary(options, {
    ...summarize(handler, tier, link, idle),
    wallMs: Math.round(performance.now() - startMs),
  });
  link?.detach();
  if (handler.closeId !== undefined) answerClose(handler.closeId);
  if (trimIsDue(folder.path, Date.now())) tidy(folder);
  link?.awaitKept();
  if ((link?.total(sum.handedOver) ?? 0) > 0) startAgent(agentEnv);
}

/** The usual cache of a run that puts elsewhere. */
function openBase(options: HelperOptions, own: CacheFolder, tag: number): ReadOnlyFolder | undefined {
  if (options.readOnlyGocache === undefined) return undefined;
  const folder = findCacheFolder(options.readOnlyGocache, options.scope);
  return openReadOnlyFolder({ folder, memoPath: `${own.ballastPath}/read-only-index`, toolchainTag: tag });
}

/** What go linked and keeps to itself. It is sent when go is gone. */
function keepPrograms(
  { programPlace: place, programsBytes: limitBytes }: HelperOptions,
  { missedMs, used }: RequestHandler,
  { path: folder }: CacheFolder,
  startMs: number,
  link: RemoteLink | undefined,
): void {
  if (link === undefined || place === undefined) return;
  const search = { place, folder, missedMs, startMs, nowMs: performance.now(), limitBytes };
  const programs = findLinkedPrograms(search).filter(({ action }) => link.arrived(action) === undefined);
  link.keepPrograms(programs);
  for (const { action } of programs) used.add(Buffer.from(action).toString("base64"));
}

/** Go waits for the end of our standard output. */
function answerClose(closeId: number): void {
  writeSync(1, closeAnswer(closeId));
  letGo([1, 2]);
}

/**
 * Lets go of streams. The null device takes their places at once, so that no file of a thread becomes somebody's
 * standard output.
 */
function letGo(streams: readonly number[]): void {
  for (const stream of streams) {
    closeSync(stream);
    openSync("/dev/null", "w");
  }
}

/** Detached for good: a CI step waits for whoever holds one of its pipes. */
function startAgent(env: Readonly<Record<string, string | undefined>>): void {
  const child = Bun.spawn([...ownCommand(), "agent"], {
    env,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  });
  child.unref();
}

/** Reads requests until close or the pipe's end. */
function serve(handler: RequestHandler): void {
  const reader = new PipeReader(handler);
  const buffer = Buffer.allocUnsafe(readBytes);
  while (handler.closeId === undefined) {
    const length = readPipe(buffer);
    if (length === 0) break;
    reader.feed(buffer.subarray(0, length));
  }
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

/** Go leaves trimming to the helper; a folder that refuses is not worth a word. */
function tidy(folder: CacheFolder): void {
  try {
    trimFolder(folder.path, Date.now());
    removeOld(`${folder.ballastPath}/tmp`, temporaryKeepMs, Date.now());
    removeOld(`${folder.ballastPath}/runs`, runKeepMs, Date.now());
    sweepSpill(Date.now());
  } catch {
    return;
  }
}

function summarize(
  handler: RequestHandler,
  tier: LocalTier,
  link: RemoteLink | undefined,
  idle: number,
): Omit<RunSummary, "wallMs"> {
  const total = (index: number): number => link?.total(index) ?? 0;
  const { gets, localHits, arrivedHits, arrivedSavedMs, puts } = handler.counts;
  const remoteHits = arrivedHits + total(sum.remoteHits);
  return {
    gets,
    localHits,
    puts,
    remoteHits,
    // One of the idle ones may have been found after all, by a thread.
    misses: Math.max(0, gets - localHits - remoteHits - idle),
    bytesDown: total(sum.bytesDown),
    bytesUp: total(sum.bytesUp),
    uploaded: total(sum.uploaded),
    dropped: total(sum.dropped),
    handedOver: total(sum.handedOver),
    corrupt: tier.counts.corrupt,
    savedMs: arrivedSavedMs + total(sum.savedMs),
    waitedMs: Math.round(total(sum.waitedMs)),
    steppedAside: link?.isAside === true ? 1 : 0,
    lostServer: link?.isLost === true ? 1 : 0,
  };
}

/** Beside the summary of a run that needed nobody: what it used, so that `ballast go` can do without a helper next time. */
function writeUsed(options: HelperOptions, summary: Omit<RunSummary, "wallMs">, handler: RequestHandler): void {
  if (options.summaryFile === undefined || summary.misses > 0 || summary.puts > 0 || summary.remoteHits > 0) return;
  try {
    // What was missed was idle, and is as idle natively.
    const found = handler.used.list().filter((action) => !handler.missedMs.has(action));
    appendFileSync(usedPath(options.summaryFile), Buffer.concat(found.map((action) => Buffer.from(action, "base64"))));
  } catch {
    return; // the next run uses a helper again
  }
}

/** What the server's verdict is made from. */
function gainOf({ savedMs, waitedMs, remoteHits }: Omit<RunSummary, "wallMs">, link: RemoteLink | undefined): RunGain {
  return { savedMs, waitedMs, offeredMs: link?.total(sum.offeredMs) ?? 0, hits: remoteHits };
}

function writeSummary(options: HelperOptions, summary: RunSummary): void {
  if (options.summaryFile === undefined) return;
  try {
    appendFileSync(options.summaryFile, `${JSON.stringify(summary)}\n`);
  } catch {
    return; // a report that nobody can read is not worth a build
  }
}
