/** Brings this node's bodies into the shared store: before any entry that names them is told, and once each. */

import { createBatching } from "../node/batching.ts";
import type { HeldBody, Replica } from "../node/replica.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import type { Pause } from "./pause.ts";
import type { SharedStore } from "./shared-store.ts";
import { createTurns } from "./turns.ts";

export interface BodySharing {
  /** Resolves with false when the body is neither here nor there. Throws what the store throws. */
  share(output: string): Promise<boolean>;
}

export interface SharingOptions {
  readonly replica: Replica;
  readonly store: SharedStore;
  readonly counts: FleetCounts;
  readonly deadlineMs: number;
  /** Of the store; whoever uses it shares it. */
  readonly pause: Pause;
}

/** Uploads at once: enough to hide the store's round trip, few enough to leave it its own pace. */
const uploadsMax = 64;

export function createBodySharing(options: SharingOptions): BodySharing {
  const { replica } = options;
  const turns = createTurns(uploadsMax);
  const underWay = new Map<string, Promise<boolean>>();
  const mark = createBatching<string>((outputs) => replica.markShared(outputs));

  function begin(output: string): Promise<boolean> {
    const upload = turns.take(() => attempt(options, output, mark)).finally(() => underWay.delete(output));
    underWay.set(output, upload);
    return upload;
  }

  return {
    share(output) {
      if (replica.isShared(output)) return Promise.resolve(true);
      return underWay.get(output) ?? begin(output);
    },
  };
}

/** After a failure those who waited for their turn fail at once, instead of finding out one after another. */
async function attempt(
  options: SharingOptions,
  output: string,
  mark: (output: string) => Promise<void>,
): Promise<boolean> {
  const { pause } = options;
  pause.refuse();
  try {
    const isShared = await share(options, output);
    if (isShared) await mark(output);
    pause.end();
    return isShared;
  } catch (cause) {
    pause.begin(cause);
    throw cause;
  }
}

async function share({ replica, store, counts, deadlineMs }: SharingOptions, output: string): Promise<boolean> {
  const body = replica.body(output);
  if (body === undefined) {
    // A node that ended between upload and mark: the body is there, or it is nowhere.
    if (!(await store.has(output, deadlineMs))) return false;
  } else {
    await store.put(output, body.codec, "path" in body ? body : body.bytes, transferMs(deadlineMs, sizeOf(body)));
    counts.uploadedBodies += 1;
    counts.uploadedBytes += sizeOf(body);
  }
  return true;
}

function sizeOf(body: HeldBody): number {
  return "path" in body ? body.sizeBytes : body.bytes.length;
}

/** The slowest pace at which a body may move, beside the time that any request has. */
const slowestBytesPerMs = 1000;

/** The deadline for moving a body: no request may take for ever, and none may fail for being large. */
export function transferMs(deadlineMs: number, sizeBytes: number): number {
  return deadlineMs + Math.ceil(sizeBytes / slowestBytesPerMs);
}
