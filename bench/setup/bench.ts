/** What all benches work with, made ready once. */

import { rmSync } from "node:fs";
import { runProcess } from "../../src/core/process.ts";
import { ProcessFinder } from "../measure/own-processes.ts";
import { type RelayLink, startRelayProcess } from "../relay/relay-link.ts";
import { type BallastProgram, findBallast } from "./ballast-program.ts";
import { type CacheServer, startServer } from "./cache-server.ts";
import { type Checkout, createCheckout } from "./checkout.ts";
import { type Builder, createBuilder } from "./go-builds.ts";
import { goEnvironment, requireNoHelper } from "./go-environment.ts";
import { fetchModule } from "./module-source.ts";
import type { BenchOptions } from "./options.ts";
import { type GoPackage, listPackages } from "./package-list.ts";
import type { WorkFolder } from "./work-folder.ts";

export interface Bench {
  readonly options: BenchOptions;
  readonly work: WorkFolder;
  readonly ballast: BallastProgram;
  readonly checkout: Checkout;
  readonly packages: readonly GoPackage[];
  readonly build: Builder;
  /** Finds what the builds have started. */
  readonly finder: ProcessFinder;
  /** One line of progress. */
  note(text: string): void;
  /** A folder that is to be a GOCACHE, empty. */
  freshCache(name: string): string;
  /** A path for a program that is not there yet, so that Go has to link. */
  freshOut(name: string): string;
  /** Has what was written before written to the disk, so that the next run does not pay for it. */
  sync(): Promise<void>;
  /** Does `end` when the bench ends, good or bad. */
  atEnd(end: () => void | Promise<void>): void;
  /** A cache server over an empty folder; it ends with the bench. */
  serve(name: string, withToken: boolean, flags?: readonly string[]): Promise<CacheServer>;
  /** A relay in front of HOST:PORT; it ends with the bench. */
  relay(target: string, bytesPerSecond?: number): Promise<RelayLink>;
}

/** @param cleanup gets everything that has to be ended */
export async function prepareBench(
  options: BenchOptions,
  work: WorkFolder,
  cleanup: AsyncDisposableStack,
): Promise<Bench> {
  const note = (text: string): void => console.error(`bench: ${text}`);
  const ballast = findBallast();
  const mark = crypto.randomUUID();
  const finder = new ProcessFinder(mark);
  cleanup.defer(() => endAll(finder));
  // What a build that is ended leaves in the temporary folder goes with the bench's own.
  const env = { ...goEnvironment(process.env, mark), TMPDIR: work.fresh("tmp") };
  await requireNoHelper(env);
  note(`module ${options.module}`);
  const checkout = createCheckout(await fetchModule(options.module, work), work.at("checkout"));
  await checkout.restore();
  // Downloads what the build needs, and leaves no trace in the caches that are measured.
  const packages = await listPackages(checkout.path, options.package, { ...env, GOCACHE: work.fresh("cache-look") });
  const build = createBuilder({ ballast, work, checkout: checkout.path, package: options.package, env, finder });
  return {
    options,
    work,
    ballast,
    checkout,
    packages,
    build,
    finder,
    note,
    freshCache: (name) => work.fresh("caches", name),
    freshOut(name) {
      const out = work.at("out", name);
      rmSync(out, { force: true });
      return out;
    },
    atEnd: (end) => cleanup.defer(end),
    async sync() {
      await runProcess({ argv: ["sync", "-f", work.path], deadlineMs: 5 * 60_000 });
    },
    async serve(name, withToken, flags = []) {
      const folder = work.fresh("servers", name);
      const { executable } = ballast;
      const server = await startServer({ executable, folder, env: withoutMark(env), withToken, flags });
      cleanup.defer(() => endServer(server.pid));
      return server;
    },
    async relay(target, bytesPerSecond) {
      const speed = bytesPerSecond === undefined ? {} : { bytesPerSecond };
      const link = await startRelayProcess({ target, roundTripMs: options.roundTripMs, ...speed });
      cleanup.defer(() => link.stop());
      return link;
    },
  };
}

/** A server is not something that a build left behind. */
function withoutMark(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("BALLASTBENCH_")));
}

function endAll(finder: ProcessFinder): void {
  for (const { pid } of finder.find()) endServer(pid);
}

/** For the end of the bench, good or bad: what is stopped in order has ended before. */
function endServer(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return; // ESRCH: it has ended
  }
}
