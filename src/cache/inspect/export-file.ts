/**
 * An export's file: a first line, the frames as the server sent them, and at its end 8 bytes of mark and 64 of signature
 * (Ed25519 over the SHA-256 of everything before). The key is the operator's: neither server ever has it.
 */

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { exportErrors } from "./export-errors.ts";

const firstLine = Buffer.from("ballast export 1\n");
const mark = Buffer.from("BLSTSIG1");
const signatureBytes = 64;
const pieceBytes = 1024 * 1024;

/** Throws `inspect/key-invalid`. */
export function readPrivateKey(path: string): KeyObject {
  return requireEd25519(path, () => createPrivateKey(readFileSync(path, "utf8")));
}

/** Throws `inspect/key-invalid`. */
export function readPublicKey(path: string): KeyObject {
  return requireEd25519(path, () => createPublicKey(readFileSync(path, "utf8")));
}

function requireEd25519(path: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw exportErrors.error("inspect/key-invalid", path, { cause });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw exportErrors.error("inspect/key-invalid", `${path} is a key of the kind ${key.asymmetricKeyType ?? "secret"}`);
}

/** Writes what `fill` hands over, signed. The file gets its name when it is whole. */
export async function writeExport(
  path: string,
  key: KeyObject,
  fill: (write: (chunk: Uint8Array) => void) => Promise<void>,
): Promise<number> {
  const part = `${path}.part`;
  const file = open(part, "w");
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  function write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
    bytes += chunk.length;
  }
  function writeSigned(chunk: Uint8Array): void {
    hasher.update(chunk);
    write(chunk);
  }
  try {
    writeSigned(firstLine);
    await fill(writeSigned);
    write(Buffer.concat([mark, sign(null, hasher.digest(), key)]));
    closeSync(file);
    renameSync(part, path);
    return bytes;
  } catch (cause) {
    rmSync(part, { force: true });
    throw isSystemFailure(cause) ? exportErrors.error("inspect/export-unusable", cause.message, { cause }) : cause;
  }
}

/** An export whose signature was checked, open. */
export interface CheckedExport {
  /** The frames' bytes, in pieces. Throws `inspect/signature-wrong` at the end if the file was changed meanwhile. */
  frames(): Generator<Uint8Array>;
  close(): void;
}

/** Throws `inspect/export-unusable`, `inspect/export-invalid`, `inspect/signature-wrong`. */
export function openExport(path: string, key: KeyObject): CheckedExport {
  const file = open(path, "r");
  try {
    const signedBytes = fstatSync(file).size - mark.length - signatureBytes;
    const [head, tail] = [readAt(file, 0, firstLine.length), readAt(file, signedBytes, mark.length + signatureBytes)];
    if (signedBytes < firstLine.length || !head.equals(firstLine) || !tail.subarray(0, mark.length).equals(mark)) {
      throw exportErrors.error("inspect/export-invalid", path);
    }
    const hasher = new Bun.CryptoHasher("sha256");
    for (const piece of pieces(file, 0, signedBytes)) hasher.update(piece);
    const digest = hasher.digest();
    const isSigned = verify(null, digest, key, tail.subarray(mark.length));
    if (!isSigned) throw exportErrors.error("inspect/signature-wrong", path);
    return { frames: () => framesOf(file, signedBytes, digest, path), close: () => closeSync(file) };
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
}

function* framesOf(file: number, signedBytes: number, digest: Buffer, path: string): Generator<Uint8Array> {
  const hasher = new Bun.CryptoHasher("sha256").update(firstLine);
  for (const piece of pieces(file, firstLine.length, signedBytes)) {
    hasher.update(piece);
    yield piece;
  }
  if (hasher.digest().equals(digest)) return;
  throw exportErrors.error("inspect/signature-wrong", `${path} was changed meanwhile`);
}

function* pieces(file: number, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to;) {
    const piece = readAt(file, at, Math.min(pieceBytes, to - at));
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}

/** Fewer bytes where the file ends. */
function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const count = at < 0 ? 0 : readSync(file, bytes, 0, length, at);
  return bytes.subarray(0, count);
}

function open(path: string, flags: string): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (cause) {
    throw exportErrors.error("inspect/export-unusable", (cause as Error).message, { cause });
  }
}

function isSystemFailure(cause: unknown): cause is Error {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).errno === "number";
}
