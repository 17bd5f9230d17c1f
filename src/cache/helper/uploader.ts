/**
 * Sends what Go put to the server, behind the build's back: small bodies in batches, large ones from their file.
 * What cannot help another runner stays here.
 */

import { readBody } from "../../go/body-bytes.ts";
import { bodyKind, classifyBody, dependsOnImage } from "../../go/body-kind.ts";
import { type EntryHead, partition, type WireEntry } from "../protocol/entry.ts";
import { type CacheClient, StatusError } from "./client.ts";
import { FramePacker, packedBytesMax } from "./frame-packer.ts";
import type { HelperOptions } from "./options.ts";
import { addTo, type SharedState, sum } from "./shared-state.ts";

/** How long a batch of fewer than `fewOffers` waits for more. */
const lingerMs = 20;
const fewOffers = 8;
const requestLimitMs = 30_000;
const failuresMax = 3;
/** What is packed whole in memory; larger programs are sent as they are. */
const packedProgramMax = 64 * 1024 * 1024;
/** An entry that lies in the local tier. */
export interface Offer {
  readonly action: Uint8Array;
  readonly output: Uint8Array;
  readonly sizeBytes: number;
  readonly timeNs: bigint;
  readonly costMs: number;
  readonly path: string;
}

export interface UploaderOptions {
  readonly client: CacheClient;
  readonly shared: SharedState;
  readonly share: HelperOptions["share"];
  /** Folders that are the same on every runner of an image: a module index of theirs may be shared. */
  readonly sharedFolders: readonly string[];
}

export class Uploader {
  readonly #options: UploaderOptions;
  readonly #packer = new FramePacker();
  readonly #queue: Offer[] = [];
  /** What the request under way holds. */
  #sending: Offer[] = [];
  /** What could not be sent and is worth another try, later. */
  #failed: Offer[] = [];
  #running: Promise<void> | undefined;
  #isDraining = false;
  #isRefused = false;
  #failures = 0;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  offer(offer: Offer): void {
    this.#queue.push(offer);
    this.#running ??= this.#run();
  }

  /** Sends what is left at once; resolves when that is done. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#running;
  }

  /** Whether the server wants nothing from us. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** What was not sent, or not for certain. Nothing of it is sent from here on. */
  takeRest(): Offer[] {
    const rest = [...this.#failed, ...this.#sending, ...this.#queue.splice(0)];
    this.#failed = [];
    return this.#isRefused ? [] : rest;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (!this.#isDraining && this.#queue.length < fewOffers) await Bun.sleep(lingerMs);
      await this.#sendBatch();
    }
    this.#running = undefined;
  }

  async #sendBatch(): Promise<void> {
    const batch: Offer[] = [];
    while (this.#queue.length > 0 && !this.#packer.isFull) {
      const offer = this.#queue.shift() as Offer;
      if (this.#isLeftAlone(offer)) continue;
      const fate = offer.sizeBytes > packedBytesMax ? "too-large" : this.#pack(offer);
      if (fate === "packed") batch.push(offer);
      else if (fate === "too-large") await this.#sendLarge(offer);
    }
    if (batch.length === 0) return;
    const body = this.#packer.take();
    await this.#send(batch, body.length, (signal) => this.#options.client.putEntries(body, signal));
  }

  #pack(offer: Offer): "packed" | "too-large" | "left" {
    const body = this.#packer.read(offer.path, offer.sizeBytes);
    if (body === undefined) return "left";
    const kind = classifyBody(body);
    if (!isShared(kind, this.#options, body)) return "left";
    const packedBytes = this.#packer.add({ ...offer, kind, partition: partitionOf(kind) }, body);
    return packedBytes === undefined ? "too-large" : "packed";
  }

  /** A server that refuses us gets nothing more; one that fails gets it later. */
  #isLeftAlone(offer: Offer): boolean {
    if (this.#isRefused) addTo(this.#options.shared, sum.dropped, 1);
    else if (this.#failures >= failuresMax) this.#failed.push(offer);
    return this.#isRefused || this.#failures >= failuresMax;
  }

  async #sendLarge(offer: Offer): Promise<void> {
    const body = readBody(offer.path, offer.sizeBytes);
    if (body === undefined) return;
    const kind = classifyBody(body);
    if (!isShared(kind, this.#options, body)) return;
    const head: EntryHead = { ...offer, kind, partition: partitionOf(kind) };
    // Half of a program is debug data that go has packed already; the rest gets smaller by half.
    const packed =
      kind === bodyKind.program && body.length <= packedProgramMax ? await Bun.zstdCompress(body) : undefined;
    const bytes = packed?.length ?? offer.sizeBytes;
    await this.#send([offer], bytes, (signal) => this.#options.client.putFile(head, packed ?? offer.path, signal));
  }

  async #send(batch: Offer[], bytes: number, request: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    const { shared } = this.#options;
    this.#sending = batch;
    try {
      const response = await request(AbortSignal.timeout(requestLimitMs));
      if (!response.ok) throw new StatusError(response.status);
      await response.bytes();
      this.#failures = 0;
      addTo(shared, sum.uploaded, batch.length);
      addTo(shared, sum.bytesUp, bytes);
    } catch (cause) {
      this.#fail(batch, cause instanceof StatusError ? cause.status : 0);
    }
    this.#sending = [];
  }

  /** 401 and 403 are a mode, other refusals are about this batch, and all else may pass. */
  #fail(batch: readonly Offer[], status: number): void {
    this.#isRefused ||= status === 401 || status === 403;
    if (status >= 400 && status < 500) addTo(this.#options.shared, sum.dropped, batch.length);
    else {
      this.#failures++;
      this.#failed.push(...batch);
    }
  }
}

export function partitionOf(kind: number): WireEntry["partition"] {
  return dependsOnImage(kind) ? partition.image : partition.toolchain;
}

/**
 * Whether a body can help another runner. A module index holds absolute paths and is keyed by them: that of the
 * checkout holds no path of the toolchain or the module cache, or is keyed by file times that no other checkout has.
 */
export function isShared(
  kind: number,
  options: Pick<UploaderOptions, "share" | "sharedFolders">,
  body: Buffer,
): boolean {
  if (kind === bodyKind.compilerId) return false;
  if (kind === bodyKind.testLog || kind === bodyKind.testResult || kind === bodyKind.coverageProfile) {
    return options.share.includes("test");
  }
  if (kind === bodyKind.moduleIndex) {
    return options.share.includes("index") && options.sharedFolders.some((folder) => body.includes(folder));
  }
  if (kind === bodyKind.vet || kind === bodyKind.unknown) return options.share.includes("vet");
  return options.share.includes("compile");
}
