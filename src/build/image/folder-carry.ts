/**
 * Go's caches carried from builder to builder through a folder, where no server is. BuildKit exports no cache mount, but a
 * step can read one: two small builds stand around the real one, one that unpacks archives into its cache mounts, and
 * one that packs them again. The real build is not touched: no key and no layer knows of them, and go runs as it would
 * over the mounts of a builder that has built all of it before.
 */

import { BallastError } from "../../core/errors.ts";
import { goSteps } from "../../check/image/go-runs.ts";
import type { Dockerfile, Mount } from "../../check/image/model.ts";
import type { StepReport } from "./build-progress.ts";
import {
  archiveName,
  type CarriedFolder,
  incomingFolder,
  readCarriedFolder,
  replaceCarried,
} from "./carried-folder.ts";
import { compilingSteps } from "./carried-dockerfile.ts";
import { type DockerfileRun, runDockerfile } from "./run-dockerfile.ts";

/** What one direction did: the step that stands for it, or why it was not gone. */
export type CarryOutcome = { readonly step: StepReport; readonly sizeBytes: number } | { readonly reason: string };

/** Where the two builds find things, apart from all that an image may hold. */
const place = "/run/ballast-carried";
const context = "ballast-carried";
const marker = ".ballast-carried";

/** The cache mounts of steps that run go, each once. One whose name is not known before the build stays out. */
export function mountsToCarry(dockerfile: Dockerfile): readonly Mount[] {
  const caches = goSteps(dockerfile).flatMap(({ mounts }) =>
    mounts.filter(({ type, id = "$", options }) => type === "cache" && !id.includes("$") && !options.has("from")),
  );
  return caches.filter(({ id }, index) => caches.findIndex((other) => other.id === id) === index);
}

/** Unpacks the folder's archives into the builder's cache mounts, where these do not hold them already. */
export function carryIn(run: DockerfileRun, dockerfile: Dockerfile, folder: string): Promise<CarryOutcome> {
  return unlessBroken(async () => {
    const carried = await readCarriedFolder(folder);
    if (carried === undefined) return { reason: "the folder holds no caches yet" };
    const text = fillText(dockerfile, carried);
    if (text === undefined) return { reason: "the folder holds caches of other mounts" };
    const { tookMs } = await runDockerfile(
      { ...sideRun(run), contexts: [...run.contexts, `${context}=${folder}`] },
      text,
    );
    return { step: stepOf("[caches 1/2] in", tookMs), sizeBytes: sizeOf(carried) };
  });
}

/** Packs the builder's cache mounts into the folder's archives. */
export function carryOut(run: DockerfileRun, dockerfile: Dockerfile, folder: string): Promise<CarryOutcome> {
  return unlessBroken(async () => {
    const id = crypto.randomUUID();
    const output = `type=local,dest=${incomingFolder(folder)}`;
    const { tookMs } = await runDockerfile({ ...sideRun(run), output }, packText(dockerfile, id));
    const startedMs = performance.now();
    const mounts = mountsToCarry(dockerfile).map((mount) => mount.id ?? "");
    const carried = await replaceCarried(folder, id, mounts);
    return { step: stepOf("[caches 2/2] out", tookMs + performance.now() - startedMs), sizeBytes: sizeOf(carried) };
  });
}

/** Of the builder's own platform. `noCache` would give the steps cache mounts of their own. */
function sideRun(run: DockerfileRun): DockerfileRun {
  const none = { target: undefined, platform: undefined, output: undefined, epochSeconds: undefined };
  return { ...run, ...none, tags: [], push: false, noCache: false };
}

/** A cache makes a build faster, and its lack fails none. */
async function unlessBroken(carry: () => Promise<CarryOutcome>): Promise<CarryOutcome> {
  try {
    return await carry();
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    return { reason: cause.message };
  }
}

function stepOf(name: string, durationMs: number): StepReport {
  return { name, cached: false, durationMs: Math.round(durationMs), error: undefined, log: "" };
}

function sizeOf({ archives }: CarriedFolder): number {
  return archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The Dockerfile up to the FROM of the first stage that compiles, whose image has a shell and tar; then one step. */
function sideText(dockerfile: Dockerfile, mounts: readonly string[], script: readonly string[]): string {
  const { stage } = compilingSteps(dockerfile)[0] ?? { stage: dockerfile.stages[0] };
  const head = dockerfile.source.text.slice(0, stage?.from.end);
  // Always run: a mount may be gone while the step that filled it is remembered.
  const words = JSON.stringify(["/bin/sh", "-c", [...script, `# ${crypto.randomUUID()}`].join("\n")]);
  return `${head}\nUSER 0:0\nRUN ${mounts.join(" ")} ${words}\n`;
}

function cacheMount({ id, options }: Mount, index: number): string {
  const kept = ["uid", "gid", "mode"].flatMap((name) => (options.has(name) ? [`${name}=${options.get(name)}`] : []));
  return `--mount=${["type=cache", `id=${id}`, `target=${place}/${index}`, "sharing=shared", ...kept].join(",")}`;
}

/** `undefined` when no archive is of a mount of this Dockerfile. */
function fillText(dockerfile: Dockerfile, { id, archives }: CarriedFolder): string | undefined {
  const mounts = mountsToCarry(dockerfile);
  const pairs = mounts.flatMap((mount, index) => {
    const archive = archives.find((one) => one.mount === mount.id);
    return archive === undefined ? [] : [{ mount, index, archive }];
  });
  if (pairs.length === 0) return undefined;
  const script = pairs.map(
    ({ index, archive }) =>
      `[ "$(cat ${place}/${index}/${marker} 2>/dev/null)" = ${id} ] || tar -xf ${place}/in/${archive.file} -C ${place}/${index}`,
  );
  const from = `--mount=type=bind,from=${context},target=${place}/in`;
  return sideText(
    dockerfile,
    [from, ...pairs.map(({ mount, index }) => cacheMount(mount, index))],
    ["set -e", ...script],
  );
}

function packText(dockerfile: Dockerfile, id: string): string {
  const mounts = mountsToCarry(dockerfile);
  const script = mounts.map(
    (_mount, index) =>
      `printf %s ${id} > ${place}/${index}/${marker}; tar -cf /ballast-carried/${archiveName(index)} -C ${place}/${index} .`,
  );
  const side = sideText(dockerfile, mounts.map(cacheMount), ["set -e", "mkdir -p /ballast-carried", ...script]);
  const { stage } = compilingSteps(dockerfile)[0] ?? { stage: dockerfile.stages[0] };
  return `${side}FROM scratch\nCOPY --from=${stage?.index ?? 0} /ballast-carried /\n`;
}
