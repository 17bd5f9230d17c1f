/**
 * Entries that a run could not send before Go was gone. They lie in files beside the folder that holds their bodies
 * until somebody sends them: a detached `ballast agent`, `ballast flush`, or the next run's agent. Nothing that was
 * built is lost because a server was slow.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";
import type { CacheFolder } from "../local/folder.ts";
import type { RequestContext } from "../protocol/entry.ts";
import type { HelperOptions } from "./options.ts";
import type { Offer } from "./uploader.ts";

/** What nobody could send for a day is left to `ballast cache push`. */
const keepMs = 24 * 3_600_000;

/** What a file holds: entries, and all that is needed to send them but the server and its token. */
export interface Outbox {
  readonly context: RequestContext;
  readonly share: HelperOptions["share"];
  readonly sharedFolders: readonly string[];
  readonly offers: readonly Offer[];
}

type Line = readonly [action: string, output: string, sizeBytes: number, timeNs: string, costMs: number, path: string];

export function outboxPath(folder: CacheFolder): string {
  return `${folder.ballastPath}/outbox`;
}

/** Keeps entries for later. Returns whether they are kept: a folder that cannot be written to loses them. */
export function writeOutbox(folder: CacheFolder, outbox: Outbox, nowMs: number): boolean {
  const path = `${outboxPath(folder)}/${nowMs}-${process.pid}.json`;
  const lines = outbox.offers.map((offer): Line => {
    const [action, output] = [offer.action, offer.output].map((id) => Buffer.from(id).toString("hex"));
    return [action as string, output as string, offer.sizeBytes, String(offer.timeNs), offer.costMs, offer.path];
  });
  try {
    mkdirSync(outboxPath(folder), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify({ ...outbox, offers: lines }));
    renameSync(`${path}.new`, path);
    return true;
  } catch {
    return false;
  }
}

/** The files that wait, the oldest first; those that waited too long are removed. */
export function listOutbox(folder: CacheFolder, nowMs: number): string[] {
  const paths = readNames(outboxPath(folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => `${outboxPath(folder)}/${name}`)
    .toSorted();
  return paths.filter((path) => {
    const ageMs = nowMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs);
    if (ageMs > keepMs) rmSync(path, { force: true });
    return ageMs <= keepMs;
  });
}

/** What a file holds; `undefined` where it is gone or torn. */
export function readOutbox(path: string): Outbox | undefined {
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as Omit<Outbox, "offers"> & { offers: Line[] };
    return { ...file, offers: file.offers.map(offerOf) };
  } catch {
    return undefined;
  }
}

function offerOf([action, output, sizeBytes, timeNs, costMs, path]: Line): Offer {
  const ids = { action: Buffer.from(action, "hex"), output: Buffer.from(output, "hex") };
  return { ...ids, sizeBytes, timeNs: BigInt(timeNs), costMs, path };
}
