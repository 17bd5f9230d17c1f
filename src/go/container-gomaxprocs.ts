/**
 * What Go takes for GOMAXPROCS when nobody sets it. Since 1.25 it looks at the cgroup's CPU limit:
 * `min(processors, max(2, ceil(quota/period)))` (`adjustCgroupGOMAXPROCS` in runtime/cgroup_linux.go, Go 1.26.8). It
 * reads the process's own cgroup alone; a tighter limit of a parent is not seen.
 */

export interface GomaxprocsFacts {
  /** Minor version of the toolchain: 26 for Go 1.26. */
  readonly goMinor: number;
  /** Minor version of the main module's go line, which sets the default of `containermaxprocs`; the toolchain's own when absent. */
  readonly goLineMinor?: number;
  /** Processors that the process may run on (sched_getaffinity). */
  readonly processors: number;
  /** The limit in CPUs; absent when there is none. */
  readonly quotaCpus?: number | undefined;
  /** `containermaxprocs` of GODEBUG, where it is set. */
  readonly containermaxprocs?: string | undefined;
}

export interface GomaxprocsChoice {
  readonly value: number;
  readonly reason: string;
}

const firstMinor = 25;

/** Go's own choice, and why. */
export function chooseGomaxprocs(facts: GomaxprocsFacts): GomaxprocsChoice {
  const { goMinor, goLineMinor = goMinor, processors, quotaCpus, containermaxprocs } = facts;
  const all = (reason: string): GomaxprocsChoice => ({ value: processors, reason });
  if (goMinor < firstMinor) return all(`Go 1.${goMinor} does not look at the limit`);
  const setting = containermaxprocs ?? (goLineMinor < firstMinor ? "0" : "1");
  if (setting === "0" && containermaxprocs === undefined) {
    return all(`go 1.${goLineMinor} in go.mod sets containermaxprocs=0`);
  }
  if (setting === "0") return all("GODEBUG sets containermaxprocs=0");
  if (quotaCpus === undefined) return all("there is no limit");
  const wanted = Math.max(2, Math.ceil(quotaCpus));
  if (wanted >= processors) return all("the limit, at least 2, is no less than the processors");
  return { value: wanted, reason: quotaCpus <= 1 ? "never below 2" : "the limit, rounded up" };
}

/** How long each of that many busy threads may run in one period of 100 ms before all are throttled. */
export function sliceMs(quotaCpus: number, gomaxprocs: number): number {
  return Math.min(100, (quotaCpus * 100) / gomaxprocs);
}
