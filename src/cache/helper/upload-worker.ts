/** The helper's uploading thread. */

import type { HelperOptions } from "./options.ts";
import { type SharedBuffers, viewSharedState, word } from "./shared-state.ts";
import { openThreadContext } from "./thread-context.ts";
import { type Offer, Uploader } from "./uploader.ts";

export type UploadMessage =
  | { readonly options: HelperOptions; readonly buffers: SharedBuffers }
  | { readonly offer: Offer }
  | { readonly drain: true };

declare const self: Worker;

let uploader: Uploader | undefined;
let isDrainedAtOnce = (): void => undefined;

/** A bug here must not leave the close waiting. */
for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, () => isDrainedAtOnce());

function open(options: HelperOptions, buffers: SharedBuffers): void {
  const shared = viewSharedState(buffers);
  isDrainedAtOnce = () => {
    Atomics.store(shared.ints, word.isDrained, 1);
    Atomics.notify(shared.ints, word.isDrained);
  };
  const context = openThreadContext(options);
  if (context === undefined) return;
  const sharedFolders = [`${options.goroot}/src/`, `${options.gomodcache}/`];
  uploader = new Uploader({ client: context.client, shared, share: options.share, sharedFolders });
}

self.onmessage = (event: MessageEvent<UploadMessage>) => {
  const message = event.data;
  if ("options" in message) open(message.options, message.buffers);
  else if (uploader === undefined) {
    if ("drain" in message) isDrainedAtOnce();
  } else if ("offer" in message) uploader.offer(message.offer);
  else uploader.drain();
};
