/** The demo: one module, six builds, one cache server, near and far. Everything it makes is gone when it ends. */

import { systemClock } from "../../core/clock.ts";
import { createProgress, type Progress, type ProgressStream } from "../../core/progress.ts";
import { join } from "node:path";
import { formatBytes } from "../../core/human-units.ts";
import { type CacheArchive, packCache, unpackCache } from "./archive.ts";
import { type BuildFigures, type DemoBuild, demoBuilds, farRoundTripMs, flushBuild, runBuild } from "./builds.ts";
import { type BuildTarget, findTarget } from "./go-commands.ts";
import type { DemoResult } from "./result.ts";
import { type DemoServer, startServer } from "./server-process.ts";
import { startRelay } from "./relay/relay.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

export interface DemoRequest {
  /** An absolute path; absent for the built-in example. */
  readonly module: string | undefined;
  /** As go understands it, from the module's folder. */
  readonly package: string;
  readonly keepsFiles: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where progress goes. */
  readonly stream: ProgressStream;
  readonly signal: AbortSignal;
}

/** Throws the codes of `errors.ts` beside this file, `build/go-not-found`, and the signal's reason when it is aborted. */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const progress = createProgress(request.stream, systemClock);
  const workspace = createWorkspace(request.module);
  let server: DemoServer | undefined;
  // For an end that runs no `finally`: a second signal.
  const endAtOnce = (): void => {
    server?.kill();
    if (!request.keepsFiles) workspace.remove();
  };
  process.on("exit", endAtOnce);
  process.on("SIGHUP", stopAsTold);
  try {
    const look = (): Promise<BuildTarget> => findTargetOf(request, workspace);
    const target = await showing({ request, progress }, "looking at the module", look);
    server = await startServer(workspace, target.env);
    progress.note(`${target.goVersion} builds ${target.importPath}; cache server on ${server.url}`);
    return { target, builds: await runBuilds(request, { workspace, target, server, progress }) };
  } finally {
    progress.finish();
    await server?.stop();
    if (!request.keepsFiles) workspace.remove();
    else progress.note(`kept: ${workspace.folder}`);
    process.off("exit", endAtOnce);
    process.off("SIGHUP", stopAsTold);
  }
}

/** A terminal that was closed is a reason to tidy up as good as any. */
function stopAsTold(): void {
  process.kill(process.pid, "SIGTERM");
}

function findTargetOf(request: DemoRequest, workspace: Workspace): Promise<BuildTarget> {
  const { env, signal } = request;
  return findTarget({ workspace, package: request.package, env, isExample: request.module === undefined, signal });
}

interface Stage {
  readonly workspace: Workspace;
  readonly target: BuildTarget;
  readonly server: DemoServer;
  readonly progress: Progress;
}

/** The helper tells the server what the run used when Go has gone already; another runner would come later than that. */
const lingerMs = 500;

async function runBuilds(request: DemoRequest, stage: Stage): Promise<BuildFigures[]> {
  const { server, progress } = stage;
  const relay = startRelay({ target: hostAndPort(server.url), roundTripMs: farRoundTripMs });
  const servers = { near: server.url, far: `http://127.0.0.1:${relay.port}` };
  const done: BuildFigures[] = [];
  try {
    for (const build of demoBuilds) {
      const { workspace, target } = stage;
      const archive = build.isUnpacked === true ? await packOrSay(request, stage, build) : undefined;
      if (build.isUnpacked === true && archive === undefined) continue;
      const run = async (): Promise<BuildFigures> => {
        const { signal } = request;
        const unpacking = archive === undefined ? undefined : await unpack(archive, request, stage, build);
        const figures = await runBuild({ build, workspace, target, servers, signal });
        return unpacking === undefined
          ? figures
          : { ...figures, unpacking, seconds: figures.seconds + unpacking.seconds };
      };
      const figures = await showing({ request, progress }, `${build.name} (${build.remark})`, run);
      progress.note(noteOf(build, figures));
      done.push(figures);
      if (build.way === undefined) continue;
      await Bun.sleep(lingerMs);
      await flushBuild({ build, workspace: stage.workspace, target: stage.target, servers, signal: request.signal });
    }
  } finally {
    relay.stop();
  }
  return done;
}

function noteOf({ name, remark }: DemoBuild, { seconds, unpacking }: BuildFigures): string {
  const size = unpacking === undefined ? "" : ` (${formatBytes(unpacking.archiveBytes)}, download not counted)`;
  return `  ${name.padEnd(11)}  ${seconds.toFixed(2).padStart(6)} s  ${remark}${size}`;
}

/** Packing is not counted: another job did it. */
async function packOrSay(request: DemoRequest, stage: Stage, build: DemoBuild): Promise<CacheArchive | undefined> {
  const { workspace, target, progress } = stage;
  const [native] = demoBuilds;
  const folder = join(workspace.folder, native?.cache ?? "");
  const path = join(workspace.folder, "gocache.tar.zst");
  const pack = (): ReturnType<typeof packCache> => packCache({ folder, path, env: target.env, signal: request.signal });
  const packed = await showing({ request, progress }, `${build.name} (packing what native cold left)`, pack);
  request.signal.throwIfAborted();
  if (!("reason" in packed)) return packed;
  progress.note(`  ${build.name.padEnd(11)}  left out: ${packed.reason}`);
  return undefined;
}

async function unpack(
  archive: CacheArchive,
  request: DemoRequest,
  { workspace, target }: Stage,
  build: DemoBuild,
): Promise<NonNullable<BuildFigures["unpacking"]>> {
  const folder = join(workspace.folder, build.cache);
  const seconds = await unpackCache(archive, { folder, env: target.env, signal: request.signal });
  return { seconds, archiveBytes: archive.sizeBytes };
}

function hostAndPort(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

const tickMs = 100;
/** In a log only what lasts is worth a line. */
const quietMs = 5000;

interface Shown {
  readonly request: DemoRequest;
  readonly progress: Progress;
}

/** Shows what is going on and for how long, until `work` is done. */
async function showing<Value>({ request, progress }: Shown, what: string, work: () => Promise<Value>): Promise<Value> {
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    if (request.stream.isTTY || elapsedMs >= quietMs) {
      progress.update(`  ${what}: ${(elapsedMs / 1000).toFixed(request.stream.isTTY ? 1 : 0)} s`);
    }
  }, tickMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
