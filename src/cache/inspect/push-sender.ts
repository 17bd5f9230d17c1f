/**
 * Sends entries in batches of bounded size. Each is offered without its body first, thousands in one request: the
 * server links those whose output it holds, from whatever scope, and says which bodies it lacks.
 */

import { type CacheClient, StatusError } from "../helper/client.ts";
import { FramePacker, packedBytesMax } from "../helper/frame-packer.ts";
import { codec, type EntryHead } from "../protocol/entry.ts";
import { encodeEnd, encodeEntry } from "../protocol/frame.ts";
import { inspectErrors } from "./errors.ts";

/** An entry that is to be on the server. */
export interface PushItem extends EntryHead {
  readonly path: string;
}

export interface SentCounts {
  sent: number;
  known: number;
  /** The server keeps another output of the same compile action. */
  conflicts: number;
  /** Before and after packing. */
  sentBytes: number;
  packedBytes: number;
  readonly refused: { readonly action: string; readonly code: string }[];
}

interface BatchAnswer {
  readonly stored: number;
  readonly known: number;
  readonly conflicts: number;
  readonly refused: readonly { readonly action: string; readonly code: string }[];
}

const requestLimitMs = 60_000;
const attempts = 3;
const pauseMs = 500;
/** Offers without bodies in one request. */
const linksMax = 4096;

export class PushSender {
  readonly counts: SentCounts = { sent: 0, known: 0, conflicts: 0, sentBytes: 0, packedBytes: 0, refused: [] };
  readonly #client: CacheClient;
  readonly #signal: AbortSignal;
  readonly #packer = new FramePacker();
  #links: PushItem[] = [];
  #packed = 0;

  constructor(client: CacheClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async take(item: PushItem): Promise<void> {
    this.#links.push(item);
    if (this.#links.length >= linksMax) await this.#sendLinks();
  }

  /** Sends what is left. */
  async finish(): Promise<void> {
    await this.#sendLinks();
    await this.#sendFrames();
  }

  async #takeBody(item: PushItem): Promise<void> {
    if (item.sizeBytes > packedBytesMax) return this.#sendFile(item);
    const body = this.#packer.read(item.path, item.sizeBytes);
    if (body === undefined) return; // trimmed since it was looked at
    const packedBytes = this.#packer.add(item, body);
    if (packedBytes === undefined) return this.#sendFile(item);
    this.counts.packedBytes += packedBytes;
    this.counts.sentBytes += item.sizeBytes;
    this.#packed++;
    if (this.#packer.isFull) await this.#sendFrames();
  }

  async #sendFile(item: PushItem): Promise<void> {
    const response = await this.#request((signal) => this.#client.putFile(item, item.path, signal));
    await response.bytes();
    const result = response.headers.get("ballast-result");
    if (result === "known") this.counts.known++;
    else if (result === "conflict") this.counts.conflicts++;
    else this.counts.sent++;
    this.counts.sentBytes += item.sizeBytes;
    this.counts.packedBytes += item.sizeBytes;
  }

  async #sendFrames(): Promise<void> {
    if (this.#packed === 0) return;
    this.#packed = 0;
    this.counts.refused.push(...(await this.#sendBatch(this.#packer.take())));
  }

  async #sendLinks(): Promise<void> {
    if (this.#links.length === 0) return;
    const links = this.#links;
    this.#links = [];
    const frames = links.map((item) => encodeEntry({ ...item, codec: codec.absent, body: new Uint8Array(0) }));
    const refused = await this.#sendBatch(Buffer.concat([...frames, encodeEnd()]));
    const lacking = new Set(refused.filter(({ code }) => code === "node/output-unknown").map(({ action }) => action));
    this.counts.refused.push(...refused.filter(({ action }) => !lacking.has(action)));
    for (const item of links) {
      if (lacking.has(Buffer.from(item.action).toString("hex"))) await this.#takeBody(item);
    }
  }

  /** Counts what became of a batch and returns what was refused. */
  async #sendBatch(body: Buffer): Promise<BatchAnswer["refused"]> {
    const response = await this.#request((signal) => this.#client.putEntries(body, signal));
    const answer = (await response.json()) as BatchAnswer;
    this.counts.sent += answer.stored;
    this.counts.known += answer.known;
    this.counts.conflicts += answer.conflicts;
    return answer.refused;
  }

  /** A request with a few attempts. Throws `inspect/server-refused`, `-unreachable` or `inspect/push-incomplete`. */
  async #request(send: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      try {
        const response = await send(AbortSignal.any([this.#signal, AbortSignal.timeout(requestLimitMs)]));
        if (!response.ok) throw new StatusError(response.status);
        return response;
      } catch (cause) {
        this.#signal.throwIfAborted();
        const status = cause instanceof StatusError ? cause.status : undefined;
        const detail = cause instanceof Error ? cause.message : String(cause);
        const isFinal = status !== undefined && status >= 400 && status < 500 && status !== 408;
        if (isFinal) throw inspectErrors.error("inspect/server-refused", detail, { cause });
        if (attempt >= attempts) throw this.#givenUp(detail, cause);
        await Bun.sleep(pauseMs * 2 ** (attempt - 1));
      }
    }
  }

  #givenUp(detail: string, cause: unknown): Error {
    const done = this.counts.sent + this.counts.known;
    if (done === 0) return inspectErrors.error("inspect/server-unreachable", detail, { cause });
    return inspectErrors.error("inspect/push-incomplete", `${detail}; ${done} entries are there`, { cause });
  }
}
