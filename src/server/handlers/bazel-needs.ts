/** Whether everything that an action result names is in the store. */

import { type BlobDigest, readTree, type ResultNeeds } from "../../cache/bazel/action-result.ts";
import { decodeBody } from "../../cache/node/encoded-body.ts";
import { createSlices } from "../../cache/node/slices.ts";
import type { OutputRow } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { bringBody } from "../remote-bodies.ts";
import type { Service } from "./handler.ts";

/** A list of a directory's files that is larger is not read: the result then counts as incomplete. */
const treeBytesMax = 32 * 1024 * 1024;

/**
 * The hash of the first blob that is absent; `undefined` when all are there. Each that is there counts as used now,
 * so that garbage collection never takes a result's blobs before the result.
 */
export async function findMissing(service: Service, view: View, needs: ResultNeeds): Promise<string | undefined> {
  const missing = await firstMissing(service, view, needs.blobs);
  if (missing !== undefined) return missing;
  for (const tree of needs.trees) {
    const found = service.store.find(view, tree.hash);
    const row = found === undefined ? undefined : await bringBody(service, found);
    const body = row === undefined || row.sizeBytes > treeBytesMax ? undefined : readBody(service, row);
    if (body === undefined) return tree.hash.toHex();
    const file = await firstMissing(service, view, readTree(body));
    if (file !== undefined) return file;
  }
  return undefined;
}

async function firstMissing({ store }: Service, view: View, blobs: readonly BlobDigest[]): Promise<string | undefined> {
  const slices = createSlices();
  for (const { hash, sizeBytes } of blobs) {
    // Clients neither send nor ask for the blob of no bytes.
    if (sizeBytes === 0) continue;
    const row = store.find(view, hash);
    if (row?.sizeBytes !== sizeBytes) return hash.toHex();
    await slices.rest();
  }
  return undefined;
}

/** The raw bytes of a row; `undefined` when they are gone. */
export function readBody({ store }: Service, row: OutputRow): Uint8Array | undefined {
  const bytes = store.read(row);
  return bytes === undefined ? undefined : decodeBody(bytes, row.codec, row.sizeBytes);
}
