/**
 * What a job's last run used, wherever in the fleet it ran. Each node keeps the manifests of the runs that it took, and
 * tells each as an entry: in its run's scope, under actions made of the names of the job and of its family. So it
 * travels, is granted, charged, purged and ended like any entry. A run that used what it was offered tells nothing.
 */

import { decodeBody } from "../cache/node/encoded-body.ts";
import type { FoundRow } from "../cache/node/store.ts";
import type { View } from "../cache/node/view.ts";
import { codec, type WireEntry } from "../cache/protocol/entry.ts";
import { limits } from "../cache/protocol/limits.ts";
import { joinJson, readRunGain, readRunJob, type RunGain, type RunJob, splitJson } from "../cache/protocol/run.ts";
import { BallastError } from "../core/errors.ts";
import type { Service } from "./handlers/handler.ts";
import { bringBody } from "./remote-bodies.ts";

/** How long the answer to a run's opening may wait for a manifest that only the shared store has. */
const waitMs = 500;
const bytesMax = 4 + limits.runHeadBytes + limits.manifestActions * 32;
const gainsMax = 5;
/** A manifest is of one toolchain on one image: the second of a view's partitions. */
const imagePartition = 1;

type Its = Pick<Service, "store" | "bodies" | "log">;
type By = "job" | "family";

/** What other nodes told of this job and this node does not know; without it, of its family. Never rejects. */
export async function adoptManifests(service: Its, view: View, job: RunJob): Promise<void> {
  if (service.bodies === undefined) return;
  try {
    if (!(await adopt(service, view, job, "job"))) await adopt(service, view, job, "family");
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    service.log.warn("a manifest of another node could not be used", { cause });
  }
}

/** From the closest scope that has one. Whether there is one. */
async function adopt(service: Its, view: View, job: RunJob, by: By): Promise<boolean> {
  const { store } = service;
  for (const scope of view.reads.toReversed()) {
    const knownMs = store.manifests.newestMs(view, scope, by, job[by]);
    const told = store.find(store.view(view.context, [scope]), actionOf(by, job[by]));
    if (told === undefined || timeMsOf(told) <= knownMs) {
      if (knownMs > 0) return true;
      continue;
    }
    const manifest = await read(service, told);
    if (manifest === undefined || manifest.job[by] !== job[by]) continue;
    store.manifests.adopt(view, scope, { ...manifest, updatedMs: timeMsOf(told) });
    return true;
  }
  return false;
}

/** `undefined` when the body does not come in time; it is there for the next run. Throws `protocol/malformed`. */
async function read(
  { store, bodies }: Its,
  told: FoundRow,
): Promise<{ job: RunJob; actions: Buffer; gains: RunGain[] } | undefined> {
  if (told.sizeBytes > bytesMax) return undefined;
  const here = await bringBody({ store, bodies }, told, waitMs);
  const bytes = here && store.read(here);
  if (here === undefined || bytes === undefined) return undefined;
  const { value, bytes: actions } = splitJson(Buffer.from(decodeBody(bytes, here.codec, here.sizeBytes)));
  const gains = Array.isArray(value["gains"]) ? value["gains"].slice(0, gainsMax).map(readRunGain) : [];
  return { job: readRunJob(value), actions: actions.subarray(0, actions.length - (actions.length % 32)), gains };
}

/** Tells the others what a run used; `actions` of at most the protocol's number. Not being able to is no failure of the run. */
export async function tellManifest(service: Its, view: View, job: RunJob, actions: Uint8Array): Promise<void> {
  if (service.bodies === undefined) return;
  // As this node has kept it, a moment ago.
  const nowMs = service.store.manifests.newestMs(view, view.context.scope, "job", job.job);
  const gains = service.store.manifests.find(view, job)?.gains ?? [];
  const body = joinJson({ ...job, gains }, actions);
  const output = new Bun.CryptoHasher("sha256").update(body).digest();
  const base = { output, sizeBytes: body.length, timeNs: BigInt(nowMs) * 1_000_000n, costMs: 0, kind: 0 };
  const of = (by: By, part: Pick<WireEntry, "codec" | "body">): WireEntry => {
    return { ...base, action: actionOf(by, job[by]), partition: imagePartition, ...part };
  };
  try {
    await service.store.put(view, of("job", { codec: codec.identity, body }));
    await service.store.put(view, of("family", { codec: codec.identity, body }));
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    service.log.warn("a run's manifest could not be told to the other nodes", { cause });
  }
}

function actionOf(by: By, name: string): Buffer {
  return new Bun.CryptoHasher("sha256").update(`ballast manifest ${by}\n${name}`).digest();
}

function timeMsOf({ time_s, time_ns }: FoundRow): number {
  return time_s * 1000 + Math.floor(time_ns / 1_000_000);
}
