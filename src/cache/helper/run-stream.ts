/**
 * Reads a run's stream: what the server does not hold, what it announces, and then the entries, which are handed on
 * in pieces of whole frames without looking into them.
 */

import { type AbsenceSet, createAbsenceSet, readAbsenceSet } from "../protocol/absence.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { createFrameReader, type Frame, frameHeadBytes, frameType } from "../protocol/frame.ts";
import { type Announcement, decodeAnnouncements, type RunReply } from "../protocol/run.ts";

/** Small at first, so that the most urgent entries are unpacked early; then large enough to cost little. */
const firstPieceBytes = 64 * 1024;
const pieceBytes = 384 * 1024;
/** On a slow link a piece does not wait to be full. */
const pieceWaitMs = 10;

export interface RunStreamHandler {
  /** Everything that comes before the entries. */
  onOpen(reply: RunReply, absence: AbsenceSet, announced: readonly Announcement[]): void;
  /** Memory for a piece of so many bytes. */
  memory(sizeBytes: number): ArrayBuffer;
  /** The first `lengthBytes` of `piece` are whole entry frames, end to end. */
  onPiece(piece: ArrayBuffer, lengthBytes: number): void;
}

export class RunStream {
  readonly #handler: RunStreamHandler;
  readonly #reader = createFrameReader();
  #reply: RunReply | undefined;
  #absence: AbsenceSet | undefined;
  #piece: Buffer[] = [];
  #pieceBytes = 0;
  #pieces = 0;
  #handedMs = 0;
  #isOpen = false;
  #isEnded = false;

  constructor(handler: RunStreamHandler) {
    this.#handler = handler;
  }

  /** Throws `protocol/malformed`. */
  feed(chunk: Uint8Array): void {
    this.#reader.feed(chunk, (frame) => this.#take(frame));
    if (performance.now() - this.#handedMs > pieceWaitMs) this.#handOn();
  }

  /** To be called at the end. Throws `protocol/malformed` for a stream that was cut off. */
  end(): void {
    this.#handOn();
    if (!this.#isEnded) throw protocolErrors.error("protocol/malformed", "a run's stream that was cut off");
  }

  #take(frame: Frame): void {
    if (frame.type === frameType.entry) this.#keep(frame);
    else if (frame.type === frameType.run) this.#reply = readReply(frame.payload);
    else if (frame.type === frameType.absence) this.#absence = readAbsenceSet(Buffer.from(frame.payload));
    else if (frame.type === frameType.announce) this.#open(decodeAnnouncements(frame.payload));
    else if (frame.type === frameType.end) this.#isEnded = true;
  }

  #open(announced: readonly Announcement[]): void {
    if (this.#reply === undefined) throw protocolErrors.error("protocol/malformed", "a stream without its reply");
    // Each opening starts threads.
    if (this.#isOpen) throw protocolErrors.error("protocol/malformed", "a stream that is announced twice");
    this.#isOpen = true;
    this.#handler.onOpen(this.#reply, this.#absence ?? createAbsenceSet(0), announced);
  }

  /** The frame's own bytes, its head included: the payload is a view of them. */
  #keep({ payload }: Frame): void {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset - frameHeadBytes, payload.length + frameHeadBytes);
    this.#piece.push(bytes);
    this.#pieceBytes += bytes.length;
    if (this.#pieceBytes >= (this.#pieces < 4 ? firstPieceBytes : pieceBytes)) this.#handOn();
  }

  #handOn(): void {
    if (this.#pieceBytes === 0) return;
    const piece = this.#handler.memory(this.#pieceBytes);
    const target = new Uint8Array(piece);
    let at = 0;
    for (const bytes of this.#piece) {
      target.set(bytes, at);
      at += bytes.length;
    }
    this.#piece = [];
    this.#pieceBytes = 0;
    this.#pieces++;
    this.#handedMs = performance.now();
    this.#handler.onPiece(piece, at);
  }
}

function readReply(payload: Uint8Array): RunReply {
  const value = JSON.parse(Buffer.from(payload).toString()) as Partial<RunReply>;
  const verdict = value.verdict === "step-aside" ? "step-aside" : "use";
  return { verdict, entries: Number(value.entries ?? 0), manifest: String(value.manifest ?? "") };
}
