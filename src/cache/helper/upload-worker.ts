/** The helper's uploading thread. */

import type { CacheFolder } from "../local/folder.ts";
import type { LinkedProgram } from "./linked-programs.ts";
import type { HelperOptions } from "./options.ts";
import { type Outbox, writeOutbox } from "./outbox.ts";
import { addTo, type SharedBuffers, type SharedState, sum, viewSharedState, word } from "./shared-state.ts";
import { openThreadContext, sharedFolders } from "./thread-context.ts";
import { type Offer, Uploader } from "./uploader.ts";

export type UploadMessage =
  | { readonly options: HelperOptions; readonly buffers: SharedBuffers }
  | { readonly offer: Offer }
  | { readonly programs: readonly LinkedProgram[] }
  /** Send what is left, and say when that is done. */
  | { readonly drain: true }
  /** There is no more time: keep what is left for somebody else. */
  | { readonly handOver: true };

declare const self: Worker;

interface Opened {
  readonly uploader: Uploader;
  readonly folder: CacheFolder;
  readonly outbox: Omit<Outbox, "offers" | "programs">;
}

let shared: SharedState | undefined;
let opened: Opened | undefined;
let programs: readonly LinkedProgram[] = [];

/** A bug here must not leave the close waiting. */
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, sayDrained);

function sayDrained(): void {
  if (shared === undefined) return;
  Atomics.store(shared.ints, word.isDrained, 1);
  Atomics.notify(shared.ints, word.isDrained);
}

function open(options: HelperOptions, buffers: SharedBuffers): Opened | undefined {
  shared = viewSharedState(buffers);
  const context = openThreadContext(options);
  if (context === undefined) return undefined;
  const outbox = { context: context.context, share: options.share, sharedFolders: sharedFolders(options) };
  const uploader = new Uploader({ ...outbox, client: context.client, shared });
  return { folder: context.folder, uploader, outbox };
}

async function drain(): Promise<void> {
  await opened?.uploader.drain();
  handOver();
}

/** Also behind a drain: what could not be sent is kept as well, and programs are always sent by somebody else. */
function handOver(): void {
  const offers = opened?.uploader.takeRest() ?? [];
  const kept = opened?.uploader.isRefused === true ? [] : programs;
  programs = [];
  const count = offers.length + kept.length;
  if (count > 0 && opened !== undefined && shared !== undefined) {
    const isKept = writeOutbox(opened.folder, { ...opened.outbox, offers, programs: kept }, Date.now());
    addTo(shared, isKept ? sum.handedOver : sum.dropped, count);
  }
  sayDrained();
}

self.onmessage = (event: MessageEvent<UploadMessage>) => {
  const message = event.data;
  if ("options" in message) opened = open(message.options, message.buffers);
  else if ("offer" in message) opened?.uploader.offer(message.offer);
  else if ("programs" in message) programs = message.programs;
  else if ("drain" in message) void drain();
  else handOver();
};
