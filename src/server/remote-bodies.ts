/** Bodies that only the fleet's shared store has: brought here before they are sent, within what a client waits. */

import { type OutputRow, remoteSegment } from "../cache/node/index/output-rows.ts";
import type { Store } from "../cache/node/store.ts";

/** Where bodies come from that are not on this disk. */
export interface BodySupply {
  /** Whether the body is here now. Never rejects. */
  fetch(output: string, sizeBytes: number): Promise<boolean>;
}

export interface Supplied {
  readonly store: Store;
  /** Absent where the node is alone. */
  readonly bodies?: BodySupply | undefined;
}

/**
 * What a request waits for a body, in all. The helper gives a request up when nothing came for two seconds. A body that
 * takes longer is a miss this time and there the next time: fetching goes on.
 */
const bodyWaitMs = 1200;

export function isRemote(row: Pick<OutputRow, "segment">): boolean {
  return row.segment === remoteSegment;
}

/** The row with its place on this disk; `undefined` when the body did not come in time. */
export async function bringBody<Row extends OutputRow>(
  { store, bodies }: Supplied,
  row: Row,
  waitMs = bodyWaitMs,
): Promise<Row | undefined> {
  if (!isRemote(row)) return row;
  const output = row.output.toHex();
  const isHere = await withinMs(bodies?.fetch(output, row.sizeBytes) ?? Promise.resolve(false), waitMs);
  const here = isHere ? store.findOutput(row.output) : undefined;
  return here === undefined || isRemote(here) ? undefined : { ...row, ...here };
}

async function withinMs(work: Promise<boolean>, waitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), waitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
