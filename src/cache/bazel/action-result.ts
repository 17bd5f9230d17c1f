/**
 * What an action result needs: the blobs that it names. Messages and field numbers are those of
 * `build/bazel/remote/execution/v2/remote_execution.proto`.
 */

import { bazelErrors } from "./errors.ts";
import { type MessageField, readFields } from "./message-fields.ts";

/** A blob by its content. */
export interface BlobDigest {
  /** 32 bytes: SHA-256. */
  readonly hash: Uint8Array;
  readonly sizeBytes: number;
}

export interface ResultNeeds {
  /** Output files, stdout, stderr, and the trees themselves. */
  readonly blobs: readonly BlobDigest[];
  /** Blobs that list the files of an output directory: `readTree` says which blobs those are. */
  readonly trees: readonly BlobDigest[];
}

/** Blobs that one result may name, trees included: the largest known have some ten thousand. */
const resultBlobsMax = 200_000;

/** Reads an `ActionResult`. Throws `bazel/message-malformed`. */
export function readActionResult(message: Uint8Array): ResultNeeds {
  const blobs: BlobDigest[] = [];
  const trees: BlobDigest[] = [];
  readFields(message, (field) => {
    switch (field.number) {
      case actionResult.outputFiles:
        keep(blobs, readOutputFile(messageOf(field)));
        break;
      case actionResult.outputDirectories:
        readOutputDirectory(messageOf(field), blobs, trees);
        break;
      case actionResult.stdoutDigest:
      case actionResult.stderrDigest:
        keep(blobs, readDigest(messageOf(field)));
        break;
      default:
    }
  });
  return { blobs: [...blobs, ...trees], trees };
}

/** The files of a `Tree`. Its directories are in the message itself. Throws `bazel/message-malformed`. */
export function readTree(message: Uint8Array): BlobDigest[] {
  const blobs: BlobDigest[] = [];
  readFields(message, (field) => {
    if (field.number !== tree.root && field.number !== tree.children) return;
    readFields(messageOf(field), (entry) => {
      if (entry.number === directory.files) keep(blobs, digestAt(messageOf(entry), fileNode.digest));
    });
  });
  return blobs;
}

const actionResult = { outputFiles: 2, outputDirectories: 3, stdoutDigest: 6, stderrDigest: 8 } as const;
const outputFile = { digest: 2, contents: 5 } as const;
const outputDirectory = { treeDigest: 3, rootDigest: 5 } as const;
const tree = { root: 1, children: 2 } as const;
const directory = { files: 1 } as const;
const fileNode = { digest: 2 } as const;
const digest = { hash: 1, sizeBytes: 2 } as const;

/** The file's blob; `undefined` where its content stands in the result itself. */
function readOutputFile(message: Uint8Array): BlobDigest | undefined {
  let found: BlobDigest | undefined;
  let isInline = false;
  readFields(message, (field) => {
    if (field.number === outputFile.digest) found = readDigest(messageOf(field));
    if (field.number === outputFile.contents) isInline = messageOf(field).length > 0;
  });
  return isInline ? undefined : found;
}

function readOutputDirectory(message: Uint8Array, blobs: BlobDigest[], trees: BlobDigest[]): void {
  readFields(message, (field) => {
    if (field.number === outputDirectory.treeDigest) keep(trees, readDigest(messageOf(field)));
    if (field.number === outputDirectory.rootDigest) keep(blobs, readDigest(messageOf(field)));
  });
}

function digestAt(message: Uint8Array, number: number): BlobDigest | undefined {
  let found: BlobDigest | undefined;
  readFields(message, (field) => {
    if (field.number === number) found = readDigest(messageOf(field));
  });
  return found;
}

function readDigest(message: Uint8Array): BlobDigest {
  let hash: Uint8Array | undefined;
  let sizeBytes = 0;
  readFields(message, (field) => {
    if (field.number === digest.hash) hash = readHash(messageOf(field));
    if (field.number === digest.sizeBytes) sizeBytes = field.value ?? -1;
  });
  if (hash === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw malformed("a digest that is none");
  return { hash, sizeBytes };
}

function readHash(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (!/^[0-9a-f]{64}$/.test(text)) throw malformed("a hash that is not SHA-256 in lower-case hex digits");
  return Buffer.from(text, "hex");
}

function keep(list: BlobDigest[], found: BlobDigest | undefined): void {
  if (found === undefined) return;
  if (list.length >= resultBlobsMax) throw malformed(`more than ${resultBlobsMax} blobs in one result`);
  list.push(found);
}

function messageOf({ bytes, number }: MessageField): Uint8Array {
  if (bytes === undefined) throw malformed(`a number where the field ${number} is a message`);
  return bytes;
}

function malformed(found: string): Error {
  return bazelErrors.error("bazel/message-malformed", found);
}
