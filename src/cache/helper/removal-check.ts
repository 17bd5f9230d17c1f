/**
 * At the beginning of a CI run a runner asks what was taken back since it last asked, and forgets that. The folder
 * remembers the answer, so it costs one small file a command and one round trip a run; nothing more when nothing was
 * taken back. A server that does not answer in time costs no build: the folder is used as it is.
 */

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { CacheFolder } from "../local/folder.ts";
import { forgetActions } from "../local/forgetting.ts";
import { encodeContext } from "../protocol/context-headers.ts";
import { readRemovals, type ReadRemovals } from "../protocol/removal-list.ts";
import type { HelperOptions } from "./options.ts";

/** Outside of CI nobody says where a run begins. */
const freshMs = 10 * 60_000;
const deadlineMs = 1000;
/** After a failure the server is left alone for so long. */
const retryMs = 30_000;
const answerBytesMax = 4 * 1024 * 1024;

/** What the folder remembers of the last answer. */
interface Asked {
  readonly server: string;
  /** The CI run and job that asked. */
  readonly run: string;
  /** When something was last asked, and when it was last answered. */
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly node: string;
  readonly epoch: number;
}

export interface RemovalCheck {
  readonly folder: CacheFolder;
  readonly server: string;
  readonly last: Asked | undefined;
}

/** `undefined` when this run has asked already, or when there is nobody to ask or nothing to forget. */
export function dueRemovalCheck(options: HelperOptions, folder: CacheFolder, nowMs: number): RemovalCheck | undefined {
  const { server } = options;
  if (server === undefined) return undefined;
  const last = readAsked(folder);
  if (last === undefined) return holdsAnything(folder) ? { folder, server, last } : undefined;
  const isSame = last.server === server && last.run === runOf(options);
  const ageMs = nowMs - (last.answeredMs === last.askedMs ? last.answeredMs + freshMs : last.askedMs + retryMs);
  return isSame && ageMs < 0 ? undefined : { folder, server, last };
}

/** Asks and forgets. Never rejects. */
export async function learnRemovals(options: HelperOptions, check: RemovalCheck, nowMs: number): Promise<void> {
  const { folder, server, last } = check;
  const base = { server, run: runOf(options), askedMs: nowMs };
  try {
    const removals = await ask(options, check);
    if (removals.form !== "list" || removals.actions.length > 0) {
      forgetActions(folder, removals.isRemoved, removals.form === "list" ? removals.actions : undefined);
    }
    writeAsked(folder, { ...base, answeredMs: nowMs, node: removals.node, epoch: removals.epoch });
  } catch {
    // Unreachable, refusing, older than this, or a folder that cannot be written to: the build goes on without.
    const { answeredMs = 0, node = "", epoch = 0 } = last ?? {};
    writeAsked(folder, { ...base, answeredMs, node, epoch });
  }
}

function runOf({ provenance }: HelperOptions): string {
  return [provenance["repository"], provenance["run"], provenance["job"]].map((part) => part ?? "").join(" ");
}

async function ask(options: HelperOptions, { server, last }: RemovalCheck): Promise<ReadRemovals> {
  const { scope, ancestors, provenance, token, caFile } = options;
  const noHash = "0".repeat(64);
  const headers = encodeContext({ scope, ancestors, provenance, toolchain: noHash, image: noHash });
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  const query = new URLSearchParams({
    node: last?.node ?? "",
    epoch: String(last?.epoch ?? 0),
    sinceMs: String(last?.answeredMs ?? 0),
  });
  const response = await fetch(`${server.replace(/\/+$/, "")}/v1/removals?${query.toString()}`, {
    headers,
    redirect: "error",
    signal: AbortSignal.timeout(deadlineMs),
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, "utf8") } }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const body = Buffer.from(await response.arrayBuffer());
  if (body.length > answerBytesMax) throw new Error("an answer that is too long");
  return readRemovals(body);
}

function askedPath(folder: CacheFolder): string {
  return `${folder.ballastPath}/removals`;
}

function readAsked(folder: CacheFolder): Asked | undefined {
  try {
    const value = JSON.parse(readFileSync(askedPath(folder), "utf8")) as Partial<Asked>;
    const { server, run, askedMs, answeredMs, node, epoch } = value;
    if (typeof server !== "string" || typeof run !== "string" || typeof node !== "string") return undefined;
    if (typeof askedMs !== "number" || typeof answeredMs !== "number" || typeof epoch !== "number") return undefined;
    return { server, run, askedMs, answeredMs, node, epoch };
  } catch {
    return undefined; // never asked, or damaged: asking anew is right
  }
}

function writeAsked(folder: CacheFolder, asked: Asked): void {
  const temporary = `${askedPath(folder)}.${process.pid}`;
  try {
    writeFileSync(temporary, JSON.stringify(asked));
    renameSync(temporary, askedPath(folder));
  } catch {
    rmSync(temporary, { force: true });
  }
}

/** A folder without an index is new: what it will hold comes after this moment. */
function holdsAnything(folder: CacheFolder): boolean {
  return statSync(`${folder.ballastPath}/index`, { throwIfNoEntry: false }) !== undefined;
}
