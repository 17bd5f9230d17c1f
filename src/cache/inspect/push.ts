/** Sends what a folder holds to a server: for warm images, and for moving in. What the server has is not sent twice. */

import type { CacheClient } from "../helper/client.ts";
import { partitionOf } from "../helper/uploader.ts";
import type { CacheFolder } from "../local/folder.ts";
import { scanFolder } from "./folder-scan.ts";
import { recordsByAction } from "./local-listing.ts";
import { type JudgeOptions, type LeftOut, PushJudge } from "./push-judge.ts";
import { PushSender, type SentCounts } from "./push-sender.ts";
import { createTurns } from "./turns.ts";

export interface PushOptions extends JudgeOptions {
  readonly folder: CacheFolder;
  readonly client: CacheClient;
  /** Says what would be sent, without asking the server. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (state: { readonly done: number; readonly total: number; readonly counts: SentCounts }) => void;
}

export interface PushReport extends SentCounts {
  /** Entries in the folder. */
  readonly entries: number;
  /** Entries that were, or in a dry run would be, offered. */
  readonly offered: number;
  /** Bytes of the bodies that these name, each counted once. */
  readonly offeredBytes: number;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/** Throws `inspect/server-unreachable`, `inspect/server-refused`, `inspect/push-incomplete`. */
export async function pushFolder(options: PushOptions): Promise<PushReport> {
  const { client, folder, signal, isDryRun } = options;
  const turns = createTurns(signal);
  const contents = await scanFolder(folder.path, turns);
  const records = recordsByAction(folder);
  const judge = new PushJudge(options);
  const sender = new PushSender(client, signal);
  const leftOut: Partial<Record<LeftOut, number>> = {};
  const offeredOutputs = new Map<string, number>();
  let offered = 0;
  let done = 0;
  for (const entry of contents.entries) {
    await turns.rest();
    const body = contents.bodies.get(entry.output);
    const record = records.get(entry.action);
    const kind = judge.judge(entry, body, record);
    options.onProgress({ done: ++done, total: contents.entries.length, counts: sender.counts });
    if (typeof kind === "string" || body === undefined) {
      const reason = typeof kind === "string" ? kind : "incomplete";
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      continue;
    }
    const action = Buffer.from(entry.action, "hex");
    offered++;
    offeredOutputs.set(entry.output, body.sizeBytes);
    if (isDryRun) continue;
    const head = { action, output: Buffer.from(entry.output, "hex"), sizeBytes: body.sizeBytes, kind };
    const times = { timeNs: entry.putNs, costMs: record?.costMs ?? 0 };
    await sender.take({ ...head, ...times, partition: partitionOf(kind), path: body.path });
  }
  await sender.finish();
  const offeredBytes = [...offeredOutputs.values()].reduce((sum, size) => sum + size, 0);
  return { ...sender.counts, entries: contents.entries.length, offered, offeredBytes, leftOut };
}
