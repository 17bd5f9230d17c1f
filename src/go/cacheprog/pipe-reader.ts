/**
 * Reads what Go writes to a GOCACHEPROG: requests as JSON lines, a put's body as one base64 line behind its request.
 * The source is `cmd/go/internal/cache/prog.go` (`writeToChild`) and `cmd/go/internal/cacheprog/cacheprog.go`.
 *
 * Bytes are pushed in as they come, split anywhere. The length of a body's line follows from its size, so that no
 * byte of it is looked at twice and no line of any length is ever held in memory.
 */

/** Who is told of what was read. Views are valid only during the call. */
export interface PipeHandler {
  /** `action` is the id as Go sent it, base64 of 32 bytes. */
  get(id: number, action: string): void;
  putStart(id: number, action: string, output: string, sizeBytes: number): void;
  putBytes(bytes: Uint8Array): void;
  putEnd(): void;
  close(id: number): void;
  /** A command that nobody announced; Go waits for its answer all the same. */
  unknown(id: number, command: string): void;
}

/** A request without its body is a few hundred bytes; ids are 44 characters. */
const requestLineBytes = 64 * 1024;

interface Request {
  readonly ID?: unknown;
  readonly Command?: unknown;
  readonly ActionID?: unknown;
  readonly OutputID?: unknown;
  /** Go 1.21 to 1.24 name the output so too. */
  readonly ObjectID?: unknown;
  readonly BodySize?: unknown;
}

const newline = 10;
const quote = 34;

export class PipeReader {
  readonly #handler: PipeHandler;
  /** The beginning of a line whose end has not come. */
  #partial: Buffer[] = [];
  #partialBytes = 0;
  /** Characters of the body's line that are still to come, both quotes included; 0 between bodies. */
  #bodyLeft = 0;
  #bodyLength = 0;
  /** Decoded bytes of the body that are still to come. */
  #sizeLeft = 0;
  /** Up to three characters that wait for the rest of their group of four. */
  #carry = "";
  #decoded = Buffer.alloc(0);

  constructor(handler: PipeHandler) {
    this.#handler = handler;
  }

  /** Throws `Error` for what no Go sends; the stream cannot be understood from there on. */
  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#bodyLeft > 0) {
        at = this.#takeBody(bytes, at);
        continue;
      }
      const end = bytes.indexOf(newline, at);
      if (end < 0) return this.#hold(bytes.subarray(at));
      this.#takeLine(this.#joined(bytes.subarray(at, end)));
      at = end + 1;
    }
  }

  #takeLine(line: Buffer): void {
    if (line.length === 0) return;
    const request = JSON.parse(line.toString("latin1")) as Request;
    const id = asNumber(request.ID, "ID");
    const command = request.Command;
    if (command === "get") this.#handler.get(id, asId(request.ActionID, "ActionID"));
    else if (command === "put") this.#startPut(id, request);
    else if (command === "close") this.#handler.close(id);
    else this.#handler.unknown(id, String(command));
  }

  #startPut(id: number, request: Request): void {
    const sizeBytes = request.BodySize === undefined ? 0 : asNumber(request.BodySize, "BodySize");
    const output = asId(request.OutputID ?? request.ObjectID, "OutputID");
    this.#handler.putStart(id, asId(request.ActionID, "ActionID"), output, sizeBytes);
    if (sizeBytes === 0) return this.#handler.putEnd();
    this.#sizeLeft = sizeBytes;
    this.#bodyLeft = this.#bodyLength = 4 * Math.ceil(sizeBytes / 3) + 2;
  }

  /** Takes the body's next part from `bytes` at `at`; returns where it ended. */
  #takeBody(bytes: Buffer, at: number): number {
    let from = at;
    if (this.#bodyLeft === this.#bodyLength) {
      while (bytes[from] === newline) from++; // the blank line between a request and its body
      if (from === bytes.length) return from;
      if (bytes[from] !== quote) throw new Error("a put's body does not begin with a quote");
      from++;
      this.#bodyLeft--;
    }
    const text = Math.min(this.#bodyLeft - 1, bytes.length - from);
    this.#decode(bytes, from, from + text);
    this.#bodyLeft -= text;
    from += text;
    if (this.#bodyLeft > 1 || from === bytes.length) return from;
    if (bytes[from] !== quote) throw new Error("a put's body does not end where its size says");
    this.#bodyLeft = 0;
    this.#handler.putEnd();
    return from + 1;
  }

  #decode(bytes: Buffer, from: number, to: number): void {
    const whole = (this.#carry.length + to - from) & ~3;
    const end = whole === 0 ? from : from + whole - this.#carry.length;
    if (whole > 0) {
      const text = this.#carry + bytes.toString("latin1", from, end);
      if (this.#decoded.length < text.length) this.#decoded = Buffer.allocUnsafe(text.length);
      const written = this.#decoded.write(text, "base64");
      // The decoder passes over what is no base64: then there is too little of it.
      if (written !== Math.min((text.length / 4) * 3, this.#sizeLeft)) throw new Error("a put's body is not base64");
      this.#sizeLeft -= written;
      this.#handler.putBytes(this.#decoded.subarray(0, written));
      this.#carry = "";
    }
    this.#carry += bytes.toString("latin1", end, to);
  }

  #hold(rest: Buffer): void {
    this.#partial.push(Buffer.from(rest));
    this.#partialBytes += rest.length;
    if (this.#partialBytes > requestLineBytes) throw new Error("a request longer than 64 KiB");
  }

  #joined(rest: Buffer): Buffer {
    if (this.#partialBytes === 0) return rest;
    const line = Buffer.concat([...this.#partial, rest]);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }
}

function asNumber(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`a request whose ${field} is not a number`);
}

const idText = /^[A-Za-z0-9+/]{43}=$/;

function asId(value: unknown, field: string): string {
  if (typeof value === "string" && idText.test(value)) return value;
  throw new Error(`a request whose ${field} is not an id`);
}
