/** What the helper does for each of Go's requests. */

import { writeSync } from "node:fs";
import { errorAnswer, hitAnswer, missAnswer, putAnswer, TimeText } from "../../go/cacheprog/answers.ts";
import type { PipeHandler } from "../../go/cacheprog/pipe-reader.ts";
import { linkOutputKey } from "../../go/link-output-key.ts";
import { outputPath } from "../../go/gocache/entry-file.ts";
import { limits } from "../protocol/limits.ts";
import type { BodyFile, FinishedBody } from "../local/body-file.ts";
import type { LocalTier } from "../local/local-tier.ts";
import { isMovedAway } from "../local/moved-away.ts";
import type { ReadOnlyFolder } from "../local/read-only-folder.ts";
import { origin } from "../local/record.ts";
import type { RemoteLink } from "./remote-link.ts";
import { UsedActions } from "./used-actions.ts";

interface Put {
  readonly id: number;
  /** Base64, as Go sent it. */
  readonly action: string;
  readonly output: Buffer;
  readonly sizeBytes: number;
  /** Where the body goes; absent when it is there already or nothing can take it. */
  readonly body: BodyFile | undefined;
  readonly known: FinishedBody | undefined;
  /** Why the body could not be written. */
  failure: Error | undefined;
  writtenBytes: number;
}

/** From here on it pays to compile as early as usual: with 1,700 lookups no slower than from the start, with 250 quicker. */
const longLivedGets = 300;

const collectEachBytes = 16 * 1024 * 1024;

export interface RequestHandlerOptions {
  readonly tier: LocalTier;
  /** Asked when the tier has nothing. */
  readonly readOnly?: ReadOnlyFolder | undefined;
  /** Absent without a server. */
  readonly link: RemoteLink | undefined;
  /** The folder in Go's format. */
  readonly folder: string;
  /** GOCACHE as go has it. */
  readonly goFolder: string;
}

export class RequestHandler implements PipeHandler {
  readonly counts = { gets: 0, localHits: 0, arrivedHits: 0, arrivedSavedMs: 0, puts: 0 };
  readonly used = new UsedActions(limits.manifestActions);
  /** The id of Go's close, once it came. */
  closeId: number | undefined;
  readonly #tier: LocalTier;
  readonly #readOnly: ReadOnlyFolder | undefined;
  readonly #link: RemoteLink | undefined;
  readonly #folder: string;
  readonly #goFolder: string;
  /** When each action was missed, by its id in base64: from there to its put is what making it took. */
  readonly missedMs = new Map<string, number>();
  readonly #times = new TimeText();
  #put: Put | undefined;

  constructor({ tier, readOnly, link, folder, goFolder }: RequestHandlerOptions) {
    this.#tier = tier;
    this.#readOnly = readOnly;
    this.#link = link;
    this.#folder = folder;
    this.#goFolder = goFolder;
  }

  get(id: number, action: string): void {
    this.counts.gets++;
    if (this.counts.gets === longLivedGets) Bun.unsafe.setJITPolicy(1);
    const bytes = Buffer.from(action, "base64");
    if (this.#answerArrived(id, action, bytes) || this.#answerLocal(id, action, bytes)) return;
    this.missedMs.set(action, performance.now());
    const isAsked = this.#link?.ask(id, action, bytes) ?? false;
    if (!isAsked) writeSync(1, missAnswer(id));
    else this.used.add(action);
  }

  putStart(id: number, action: string, output: string, sizeBytes: number): void {
    this.counts.puts++;
    this.used.add(action);
    this.#put = startPut(this.#tier, { id, action, output: Buffer.from(output, "base64"), sizeBytes });
  }

  putBytes(bytes: Uint8Array): void {
    const put = this.#put;
    if (put === undefined || put.failure !== undefined) return;
    try {
      put.body?.write(bytes);
      this.#collect(put, bytes.length);
    } catch (cause) {
      put.failure = asError(cause);
    }
  }

  putEnd(): void {
    const put = this.#put;
    this.#put = undefined;
    if (put === undefined) return;
    try {
      if (put.failure !== undefined) throw put.failure;
      this.#finishPut(put, put.known ?? (put.body as BodyFile).finish());
    } catch (cause) {
      put.body?.abandon();
      writeSync(1, errorAnswer(put.id, `ballast could not store a body: ${asError(cause).message}`));
    }
  }

  /** The text of a very large body is garbage that the engine lets grow to tens of megabytes. */
  #collect(put: Put, sizeBytes: number): void {
    const before = put.writtenBytes;
    put.writtenBytes += sizeBytes;
    if (Math.floor(before / collectEachBytes) < Math.floor(put.writtenBytes / collectEachBytes)) Bun.gc(true);
  }

  close(id: number): void {
    this.closeId = id;
  }

  unknown(id: number, command: string): void {
    writeSync(1, errorAnswer(id, `ballast does not know the command ${command}`));
  }

  /**
   * Lookups that were certain to find nothing: what the linker said of each package of a program that was not linked
   * here. Go asks for all, and keeps one at most.
   */
  countIdle(): number {
    if (this.missedMs.size === 0) return 0;
    const keys = this.used.list().map((action) => linkOutputKey(Buffer.from(action, "base64")));
    return keys.filter((key) => this.missedMs.has(key)).length;
  }

  #answerArrived(id: number, action: string, bytes: Buffer): boolean {
    const entry = this.#link?.arrived(bytes);
    if (entry === undefined) return false;
    this.counts.arrivedHits++;
    this.counts.arrivedSavedMs += entry.costMs;
    this.used.add(action);
    const output = Buffer.from(entry.output);
    const path = JSON.stringify(outputPath(this.#folder, output.toString("hex")));
    writeSync(1, hitAnswer(id, output.toString("base64"), entry.sizeBytes, this.#times.of(entry.timeNs), path));
    return true;
  }

  #answerLocal(id: number, action: string, bytes: Buffer): boolean {
    const hit = this.#tier.get(bytes) ?? this.#readOnly?.get(bytes);
    if (hit === undefined || isMovedAway(hit.path, this.#goFolder)) return false;
    this.counts.localHits++;
    this.used.add(action);
    const time = this.#times.of(hit.timeNs);
    writeSync(1, hitAnswer(id, hit.outputBase64, hit.sizeBytes, time, JSON.stringify(hit.path)));
    return true;
  }

  #finishPut({ id, action, output, sizeBytes }: Put, done: FinishedBody): void {
    const missedMs = this.missedMs.get(action);
    const costMs = missedMs === undefined ? 0 : Math.round(performance.now() - missedMs);
    const timeNs = BigInt(Date.now()) * 1_000_000n;
    const entry = { action: Buffer.from(action, "base64"), output, sizeBytes, timeNs, costMs };
    this.#tier.link({ ...entry, kind: 0, origin: origin.put }, done.print);
    writeSync(1, putAnswer(id, JSON.stringify(done.path)));
    this.#link?.offer({ ...entry, path: done.path });
  }
}

function startPut(tier: LocalTier, put: Pick<Put, "id" | "action" | "output" | "sizeBytes">): Put {
  const name = put.output.toString("hex");
  const known = tier.findBody(name);
  const rest = { ...put, known, failure: undefined, writtenBytes: 0 };
  if (known !== undefined) return { ...rest, body: undefined };
  try {
    return { ...rest, body: tier.startBody(name, put.sizeBytes) };
  } catch (cause) {
    return { ...rest, body: undefined, failure: asError(cause) };
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
