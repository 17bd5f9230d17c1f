/**
 * Reads a run's stream: what the server does not hold, what it announces, and then the entries, which are handed on
 * in pieces of whole frames without looking into them.
 */

import { type AbsenceSet, createAbsenceSet, readAbsenceSet } from "../protocol/absence.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { frameHeadBytes, frameType, readFrameLength } from "../protocol/frame.ts";
import { type Announcement, decodeAnnouncements, type RunReply } from "../protocol/run.ts";

/** Small at first, so that the most urgent entries are unpacked early; then large enough to cost little. */
const firstPieceBytes = 64 * 1024;
const pieceBytes = 384 * 1024;
/** On a slow link a piece does not wait to be full. */
const pieceWaitMs = 10;

export interface RunStreamHandler {
  /** Everything that comes before the entries. */
  onOpen(reply: RunReply, absence: AbsenceSet, announced: readonly Announcement[]): void;
  /** Memory for a piece of so many bytes at least. */
  memory(sizeBytes: number): ArrayBuffer;
  /** The first `lengthBytes` of `piece` are whole entry frames, end to end. */
  onPiece(piece: ArrayBuffer, lengthBytes: number): void;
}

/**
 * Entries are copied once, from the network's buffer to the piece: with a reader of frames in between it was twice,
 * and an object for each.
 */
export class RunStream {
  readonly #handler: RunStreamHandler;
  readonly #head = Buffer.alloc(frameHeadBytes);
  #headBytes = 0;
  /** Where the payload of the frame under way goes, how far it is there, and how much is to come. */
  #target: Uint8Array = this.#head;
  #at = 0;
  #left = 0;
  #piece: Uint8Array | undefined;
  /** Up to here the piece holds whole frames. */
  #wholeBytes = 0;
  #pieces = 0;
  #handedMs = 0;
  #reply: RunReply | undefined;
  #absence: AbsenceSet | undefined;
  #isOpen = false;
  #isEnded = false;

  constructor(handler: RunStreamHandler) {
    this.#handler = handler;
  }

  /** Throws `protocol/malformed`. */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      at += this.#headBytes < frameHeadBytes ? this.#takeHead(chunk, at) : this.#takePayload(chunk, at);
      if (this.#headBytes === frameHeadBytes && this.#left === 0) this.#endFrame();
    }
    if (performance.now() - this.#handedMs > pieceWaitMs) this.#handOn();
  }

  /** To be called at the end. Throws `protocol/malformed` for a stream that was cut off. */
  end(): void {
    this.#handOn();
    if (!this.#isEnded) throw malformed("that was cut off");
  }

  get #isEntry(): boolean {
    return this.#head[0] === frameType.entry;
  }

  #takeHead(chunk: Uint8Array, at: number): number {
    const length = Math.min(frameHeadBytes - this.#headBytes, chunk.length - at);
    this.#head.set(chunk.subarray(at, at + length), this.#headBytes);
    this.#headBytes += length;
    if (this.#headBytes === frameHeadBytes) this.#beginFrame(readFrameLength(this.#head, 0));
    return length;
  }

  /** An entry's frame goes to the piece, head included; any other payload to memory of its own. */
  #beginFrame(payloadBytes: number): void {
    this.#left = payloadBytes;
    this.#at = 0;
    if (!this.#isEntry) this.#target = new Uint8Array(payloadBytes);
    else this.#makeRoom(frameHeadBytes + payloadBytes);
  }

  #makeRoom(frameBytes: number): void {
    if (!this.#isOpen) throw malformed("that announces nothing");
    if (this.#piece !== undefined && this.#wholeBytes + frameBytes > this.#piece.length) this.#handOn();
    this.#piece ??= new Uint8Array(this.#handler.memory(frameBytes));
    this.#piece.set(this.#head, this.#wholeBytes);
    this.#target = this.#piece;
    this.#at = this.#wholeBytes + frameHeadBytes;
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const length = Math.min(this.#left, chunk.length - at);
    this.#target.set(chunk.subarray(at, at + length), this.#at);
    this.#at += length;
    this.#left -= length;
    return length;
  }

  #endFrame(): void {
    const payload = this.#target;
    this.#headBytes = 0;
    this.#target = this.#head;
    if (!this.#isEntry) return this.#takeFrame(this.#head[0] as number, payload);
    this.#wholeBytes = this.#at;
    if (this.#wholeBytes >= (this.#pieces < 4 ? firstPieceBytes : pieceBytes)) this.#handOn();
  }

  #takeFrame(type: number, payload: Uint8Array): void {
    if (type === frameType.run) this.#reply = readReply(payload);
    else if (type === frameType.absence) this.#absence = readAbsenceSet(payload);
    else if (type === frameType.announce) this.#open(decodeAnnouncements(payload));
    else if (type === frameType.end) this.#isEnded = true;
  }

  #open(announced: readonly Announcement[]): void {
    if (this.#reply === undefined) throw malformed("without its reply");
    // Each opening starts threads.
    if (this.#isOpen) throw malformed("that is announced twice");
    this.#isOpen = true;
    this.#handler.onOpen(this.#reply, this.#absence ?? createAbsenceSet(0), announced);
  }

  /** Hands on the whole frames; what there is of the next one moves to a piece of its own. */
  #handOn(): void {
    const [piece, wholeBytes] = [this.#piece, this.#wholeBytes];
    if (piece === undefined || wholeBytes === 0) return;
    this.#piece = undefined;
    this.#wholeBytes = 0;
    this.#pieces++;
    this.#handedMs = performance.now();
    if (this.#target === piece && this.#headBytes === frameHeadBytes) this.#move(piece.subarray(wholeBytes, this.#at));
    this.#handler.onPiece(piece.buffer as ArrayBuffer, wholeBytes);
  }

  #move(begun: Uint8Array): void {
    this.#piece = new Uint8Array(this.#handler.memory(begun.length + this.#left));
    this.#piece.set(begun);
    this.#target = this.#piece;
    this.#at = begun.length;
  }
}

function malformed(what: string): Error {
  return protocolErrors.error("protocol/malformed", `a run's stream ${what}`);
}

function readReply(payload: Uint8Array): RunReply {
  const value = JSON.parse(Buffer.from(payload).toString()) as Partial<RunReply>;
  const verdict = value.verdict === "step-aside" ? "step-aside" : "use";
  return { verdict, entries: Number(value.entries ?? 0), manifest: String(value.manifest ?? "") };
}
