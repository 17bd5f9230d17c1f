/** The demo: one module, four builds, one cache server. Everything it makes is gone when it ends. */

import { systemClock } from "../../core/clock.ts";
import { createProgress, type Progress, type ProgressStream } from "../../core/progress.ts";
import { type BuildFigures, demoBuilds, runBuild } from "./builds.ts";
import { type BuildTarget, findTarget } from "./go-commands.ts";
import type { DemoResult } from "./result.ts";
import { type DemoServer, startServer } from "./server-process.ts";
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
  const { workspace, target, server, progress } = stage;
  const { signal } = request;
  const done: BuildFigures[] = [];
  for (const build of demoBuilds) {
    const run = (): Promise<BuildFigures> => runBuild({ build, workspace, target, server: server.url, signal });
    const figures = await showing({ request, progress }, `${build.name} (${build.remark})`, run);
    progress.note(`  ${build.name.padEnd(11)}  ${figures.seconds.toFixed(2).padStart(6)} s  ${build.remark}`);
    done.push(figures);
    await Bun.sleep(lingerMs);
  }
  return done;
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
