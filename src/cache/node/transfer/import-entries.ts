/** Entries of another installation, put into a scope of this one: each body is hashed as any other put's. */

import { type Codec, type EntryHead } from "../../protocol/entry.ts";
import { protocolErrors } from "../../protocol/errors.ts";
import { createFrameReader, type Frame, frameType } from "../../protocol/frame.ts";
import { decodeOrigin, decodeTransferHead, transferFrame, type TransferOrigin } from "../../protocol/transfer.ts";
import type { BodyReceiver } from "../body-receiver.ts";
import type { PutResult } from "../store.ts";
import type { StoreState } from "../store-state.ts";
import { createView, type View } from "../view.ts";

export interface ImportReport {
  stored: number;
  known: number;
  conflicts: number;
}

/** How a body is received into a view: the store's own way. */
export type Receive = (view: View, head: EntryHead, encoding: Codec) => BodyReceiver;

const noImage = "0".repeat(64);

/** Rejects with `protocol/malformed`, `protocol/body-mismatch`, `node/disk-full`; what came before is stored. */
export async function importEntries(
  state: StoreState,
  receive: Receive,
  scope: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ImportReport> {
  const report: ImportReport = { stored: 0, known: 0, conflicts: 0 };
  const reader = createFrameReader();
  let view: View | undefined;
  let receiver: BodyReceiver | undefined;
  let isEnded = false;

  async function take({ type, payload }: Frame): Promise<void> {
    if (isEnded) throw malformed("frames behind the end");
    if (type === transferFrame.piece && receiver !== undefined) return receiver.write(payload);
    if (type === transferFrame.done && receiver !== undefined) {
      const ending = receiver;
      receiver = undefined;
      report[countOf[await ending.finish()]] += 1;
    } else if (receiver !== undefined) throw malformed(`a frame of type ${type} within a body`);
    else if (type === transferFrame.origin) view = viewOf(state, scope, decodeOrigin(payload));
    else if (type === transferFrame.head && view !== undefined) {
      const { head, encoding } = decodeTransferHead(payload);
      receiver = receive(view, head, encoding);
    } else if (type === frameType.end) isEnded = true;
    else throw malformed(`a frame of type ${type}`);
  }

  try {
    for await (const chunk of chunks) {
      const frames: Frame[] = [];
      // What the reader hands out is valid until it is fed again, which is after all of it was taken.
      reader.feed(chunk, (frame) => frames.push(frame));
      for (const frame of frames) await take(frame);
    }
    if (!isEnded || !reader.atEdge) throw malformed("entries without an end");
    return report;
  } finally {
    receiver?.abort();
  }
}

const countOf: Readonly<Record<PutResult, keyof ImportReport>> = {
  stored: "stored",
  known: "known",
  conflict: "conflicts",
};

/** A view of a partition whose key is known only as it stands in the index. */
function viewOf(state: StoreState, scope: string, { partition, provenance }: TransferOrigin): View {
  const context = {
    scope,
    ancestors: [],
    toolchain: noImage,
    image: noImage,
    provenance: { ...provenance, via: "import" },
  };
  const view = createView(state, context);
  return {
    context: view.context,
    reads: view.reads,
    provenanceJson: view.provenanceJson,
    partitionKeys: [partition, partition],
    get scopes() {
      return view.scopes;
    },
    get partitions(): readonly [number, number] {
      const number = state.partitions.find(partition);
      return [number, number];
    },
    get readKey() {
      return `${this.scopes.join()}/${this.partitions.join()} `;
    },
  };
}

function malformed(found: string): Error {
  return protocolErrors.error("protocol/malformed", `the client sent ${found}`);
}
