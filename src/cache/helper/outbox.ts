/**
 * Entries that a run could not send before Go was gone. They lie in files beside the folder that holds their bodies
 * until somebody sends them: a detached `ballast agent`, `ballast flush`, or the next run's agent. Nothing that was
 * built is lost because a server was slow.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readNames } from "../../core/folder-names.ts";
import type { CacheFolder } from "../local/folder.ts";
import type { RequestContext } from "../protocol/entry.ts";
import type { LinkedProgram } from "./linked-programs.ts";
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
  /** Where go wrote them: they may be gone or changed when they are to be sent. */
  readonly programs: readonly LinkedProgram[];
}

type Line = readonly [action: string, output: string, sizeBytes: number, timeNs: string, costMs: number, path: string];
/** As it lies in the file, by versions from before there were programs as well. */
type OutboxFile = Omit<Outbox, "offers" | "programs"> & {
  readonly offers: readonly Line[];
  readonly programs?: readonly Line[];
};

export function outboxPath(folder: CacheFolder): string {
  return `${folder.ballastPath}/outbox`;
}

/** Keeps entries for later. Returns whether they are kept: a folder that cannot be written to loses them. */
export function writeOutbox(folder: CacheFolder, outbox: Outbox, nowMs: number): boolean {
  const path = `${outboxPath(folder)}/${nowMs}-${process.pid}.json`;
  const offers = outbox.offers.map((offer) => lineOf(offer, offer.output));
  const programs = outbox.programs.map((program) => lineOf(program, new Uint8Array(0)));
  const file: OutboxFile = { ...outbox, offers, programs };
  try {
    mkdirSync(outboxPath(folder), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(file));
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
    const file = JSON.parse(readFileSync(path, "utf8")) as OutboxFile;
    return { ...file, offers: file.offers.map(offerOf), programs: (file.programs ?? []).map(programOf) };
  } catch {
    return undefined;
  }
}

function lineOf({ action, sizeBytes, timeNs, costMs, path }: LinkedProgram, output: Uint8Array): Line {
  const [actionText, outputText] = [action, output].map((id) => Buffer.from(id).toString("hex")) as [string, string];
  return [actionText, outputText, sizeBytes, String(timeNs), costMs, path];
}

function programOf(line: Line): LinkedProgram {
  const { output: _none, ...program } = offerOf(line);
  return program;
}

function offerOf([action, output, sizeBytes, timeNs, costMs, path]: Line): Offer {
  const ids = { action: Buffer.from(action, "hex"), output: Buffer.from(output, "hex") };
  return { ...ids, sizeBytes, timeNs: BigInt(timeNs), costMs, path };
}
