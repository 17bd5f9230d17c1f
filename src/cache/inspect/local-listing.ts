/** The entries of a runner's folder with everything that can be said of them. */

import { readBody } from "../../go/body-bytes.ts";
import { bodyKindName, classifyBody } from "../../go/body-kind.ts";
import { type BodySubject, subjectOfBody } from "../../go/package-path.ts";
import type { CacheFolder } from "../local/folder.ts";
import { openIndexFile } from "../local/index-file.ts";
import { type LocalRecord, origin } from "../local/record.ts";
import { type FolderBody, type FolderContents, type FolderEntry, scanFolder } from "./folder-scan.ts";
import type { Turns } from "./turns.ts";

export type OriginName = keyof typeof origin;

/** What a body is: one of the names of `bodyKindName`, or one of the two that only a folder has. */
export type LocalKind = string;
export const executableKind = "executable";
export const missingKind = "missing";

export interface LocalItem extends FolderEntry {
  readonly kind: LocalKind;
  readonly subject: BodySubject;
  /** `native`: Go itself put it, without the helper. */
  readonly origin: OriginName;
  /** From the miss to the put, in milliseconds; 0 when not known. */
  readonly costMs: number;
  /** First digits of the toolchain's hash; 0 when not known. */
  readonly toolchainTag: number;
}

export interface LocalListing {
  readonly items: readonly LocalItem[];
  readonly contents: FolderContents;
}

/** `onBody` is told of each body that was looked at. */
export interface ListingWatch {
  readonly turns: Turns;
  readonly onBody?: (done: number, total: number) => void;
}

/** Lists a folder. Every body is looked at once, large ones only where they say what they are. */
export async function listLocal(folder: CacheFolder, watch: ListingWatch): Promise<LocalListing> {
  const contents = await scanFolder(folder.path, watch.turns);
  const records = recordsByAction(folder);
  const known = new Map<string, BodyFacts>();
  const items: LocalItem[] = [];
  for (const entry of contents.entries) {
    await watch.turns.rest();
    const facts = known.get(entry.output) ?? lookAt(contents.bodies.get(entry.output));
    known.set(entry.output, facts);
    watch.onBody?.(items.length, contents.entries.length);
    items.push({ ...entry, ...facts, ...recordFacts(records.get(entry.action), entry.output) });
  }
  return { items, contents };
}

interface BodyFacts {
  readonly kind: LocalKind;
  readonly subject: BodySubject;
}

function lookAt(body: FolderBody | undefined): BodyFacts {
  if (body?.isExecutable === true) return { kind: executableKind, subject: {} };
  const bytes = body === undefined ? undefined : readBody(body.path, body.sizeBytes);
  if (bytes === undefined) return { kind: missingKind, subject: {} };
  const kind = classifyBody(bytes);
  return { kind: bodyKindName(kind), subject: subjectOfBody(kind, bytes) };
}

/** The newest record of each action, by its hex digits. */
export function recordsByAction(folder: CacheFolder): Map<string, LocalRecord> {
  const records = new Map<string, LocalRecord>();
  for (const record of openIndexFile(`${folder.ballastPath}/index`).records()) {
    records.set(Buffer.from(record.action).toString("hex"), record);
  }
  return records;
}

/** A record that names another output is older than the entry: Go has put it anew since. */
function recordFacts(
  record: LocalRecord | undefined,
  output: string,
): Pick<LocalItem, "origin" | "costMs" | "toolchainTag"> {
  if (record === undefined || Buffer.from(record.output).toString("hex") !== output) {
    return { origin: "native", costMs: 0, toolchainTag: 0 };
  }
  const { costMs, toolchainTag } = record;
  return { origin: originName(record.origin), costMs, toolchainTag };
}

function originName(code: number): OriginName {
  if (code === origin.put) return "put";
  return code === origin.fetched ? "fetched" : "native";
}
