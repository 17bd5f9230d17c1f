/** `POST /v1/runs` opens a run and streams what it will need; `PUT /v1/runs` leaves its manifest. */

import type { FoundRow, Store } from "../../cache/node/store.ts";
import { createSlices } from "../../cache/node/slices.ts";
import { verdictOf } from "../../cache/node/verdict.ts";
import type { View } from "../../cache/node/view.ts";
import { type AbsenceSet, readAbsenceSet } from "../../cache/protocol/absence.ts";
import { encodeFrame, entryHeadBytes, frameHeadBytes, frameType } from "../../cache/protocol/frame.ts";
import { limits } from "../../cache/protocol/limits.ts";
import {
  type Announcement,
  encodeAnnouncements,
  readRunJob,
  readRunGain,
  type RunReply,
  setDigest,
  splitJson,
} from "../../cache/protocol/run.ts";
import { chosenVersion, versionsHeader } from "../../cache/protocol/version.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { isRemote } from "../remote-bodies.ts";
import { adoptManifests, tellManifest } from "../run-manifest.ts";
import { readWhole } from "../request-body.ts";
import { frameHeaders, type Item, streamItems } from "./entry-frames.ts";
import type { Handler } from "./handler.ts";

export const openRun: Handler = async (service, request) => {
  const { store, viewOf } = service;
  const view = viewOf(request);
  const { value, bytes } = splitJson(await readWhole(request, limits.runHeadBytes + limits.haveSetBytes));
  const held = bytes.length === 0 ? undefined : readAbsenceSet(bytes);
  const job = readRunJob(value);
  await adoptManifests(service, view, job);
  const manifest = store.manifests.find(view, job);
  const planned = await plan(store, view, manifest?.actions ?? nothing, held);
  const offeredMs = planned.reduce((sum, { row }) => sum + (row?.cost_ms ?? 0), 0);
  const verdict = verdictOf(manifest?.gains ?? [], offeredMs, Math.random());
  const [items, actions] = verdict === "use" ? [planned, manifest?.actions ?? nothing] : [[], nothing];
  const reply: RunReply = { verdict, entries: items.length, manifest: setDigest(actions) };
  const head = [encodeFrame(frameType.run, Buffer.from(JSON.stringify(reply)))];
  const absence = await store.absence(view);
  if (absence !== undefined && absence.length <= limits.framePayloadBytes) {
    head.push(encodeFrame(frameType.absence, absence));
  }
  head.push(encodeFrame(frameType.announce, encodeAnnouncements(items.map(announcement))));
  const chosen = chosenVersion(request.headers.get(versionsHeader));
  return new Response(streamItems(service, view, items, head), { headers: { ...frameHeaders, ...chosen } });
};

const nothing = Buffer.alloc(0);

/** The manifest's entries that the store has and the runner has not, within the stream's limit. */
async function plan(store: Store, view: View, actions: Buffer, held: AbsenceSet | undefined): Promise<Item[]> {
  const slices = createSlices();
  const items: Item[] = [];
  let bytes = 0;
  for (let at = 0; at < actions.length; at += 32) {
    const action = actions.subarray(at, at + 32);
    if (held?.mayHold(action) === true) continue;
    const row = store.find(view, action);
    if (row === undefined) continue;
    bytes += wireBytes(row);
    if (bytes > limits.streamBytes) break;
    items.push({ action, row, isInline: wireBytes(row) <= limits.inlineSizeBytes });
    await slices.rest();
  }
  return items;
}

/** How far packing brings a body of which only the shared store knows, by what a module's bodies came to. */
const packedShare = 0.25;

function wireBytes(row: FoundRow): number {
  return isRemote(row) ? Math.ceil(row.sizeBytes * packedShare) : row.storedBytes;
}

function announcement({ action, row, isInline }: Item): Announcement {
  const bodyBytes = isInline && row !== undefined ? wireBytes(row) : 0;
  return { action, costMs: row?.cost_ms ?? 0, wireBytes: frameHeadBytes + entryHeadBytes + bodyBytes };
}

export const keepRun: Handler = async (service, request, _id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "a run's manifest");
  const body = await readWhole(request, limits.runHeadBytes + limits.manifestActions * 32);
  const { value, bytes } = splitJson(body);
  if (bytes.length % 32 !== 0) throw serverErrors.error("server/request-malformed", "the manifest is no list of ids");
  const [view, job] = [service.viewOf(request), readRunJob(value)];
  service.store.manifests.keep(view, job, bytes.length === 0 ? undefined : bytes, readRunGain(value));
  if (bytes.length > 0) await tellManifest(service, view, job, bytes);
  return jsonAnswer({ kept: true });
};
