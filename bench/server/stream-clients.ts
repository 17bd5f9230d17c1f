/**
 * Many runs opened at once, as a process of its own: `stream-clients.ts REQUEST_FILE`. Reads every stream and counts its
 * frames (docs/reference/protocol.md), without unpacking. Prints one JSON object.
 */

import { readFileSync } from "node:fs";

export interface StreamsRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFile: string;
  readonly count: number;
  /** Reads slowly: a pause after each so many bytes, and an end after `limitMs`, whether the stream has ended or not. */
  readonly pace?: { readonly everyBytes: number; readonly pauseMs: number; readonly limitMs: number };
}

export interface StreamSeen {
  readonly bytes: number;
  readonly announced: number;
  readonly entries: number;
  readonly misses: number;
  readonly isEnded: boolean;
}

const headBytes = 5;
const announcementBytes = 40;
const frame = { entry: 1, miss: 2, end: 4, announce: 7 } as const;

/** Counts frames as their bytes pass by. */
export class FrameCounter {
  readonly #head = Buffer.alloc(headBytes);
  #headFilled = 0;
  #payloadLeft = 0;
  readonly #counts = new Map<number, number>();
  bytes = 0;
  announced = 0;

  feed(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
      } else this.#takeHeadByte(chunk[at++] as number);
    }
  }

  seen(): StreamSeen {
    const count = (type: number): number => this.#counts.get(type) ?? 0;
    const isEnded = count(frame.end) === 1;
    return {
      bytes: this.bytes,
      announced: this.announced,
      entries: count(frame.entry),
      misses: count(frame.miss),
      isEnded,
    };
  }

  #takeHeadByte(byte: number): void {
    this.#head[this.#headFilled++] = byte;
    if (this.#headFilled < headBytes) return;
    this.#headFilled = 0;
    const type = this.#head[0] as number;
    this.#payloadLeft = this.#head.readUInt32LE(1);
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (type === frame.announce) this.announced += this.#payloadLeft / announcementBytes;
  }
}

async function readStream(request: StreamsRequest, body: Uint8Array<ArrayBuffer>): Promise<StreamSeen> {
  const { url, headers, pace } = request;
  const response = await fetch(`${url}/v1/runs`, { method: "POST", headers: { ...headers }, body });
  if (response.status !== 200 || response.body === null) throw new Error(`a run was answered ${response.status}`);
  const counter = new FrameCounter();
  const endMs = performance.now() + (pace?.limitMs ?? Infinity);
  let pausedAt = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    counter.feed(chunk);
    if (pace === undefined) continue;
    if (performance.now() > endMs) break;
    if (counter.bytes - pausedAt < pace.everyBytes) continue;
    pausedAt = counter.bytes;
    await Bun.sleep(pace.pauseMs);
  }
  return counter.seen();
}

if (import.meta.main) {
  const request = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as StreamsRequest;
  const body = new Uint8Array(readFileSync(request.bodyFile));
  const startedMs = performance.now();
  const streams = await Promise.all(Array.from({ length: request.count }, () => readStream(request, body)));
  console.log(JSON.stringify({ durationMs: performance.now() - startedMs, streams }));
  process.exit(0);
}
