/** What the demo found, for people and for programs. */

import { formatBytes, formatCount } from "../../core/human-units.ts";
import { formatTable } from "../../core/table.ts";
import type { BuildFigures } from "./builds.ts";
import { demoErrors } from "./errors.ts";
import type { BuildTarget } from "./go-commands.ts";

export interface DemoResult {
  readonly target: Pick<BuildTarget, "goVersion" | "importPath">;
  /** The first is the native one. */
  readonly builds: readonly BuildFigures[];
}

/** The table and two sentences; the table is at most 79 columns wide. */
export function demoText(result: DemoResult, styleTitle: (text: string) => string): string {
  const { builds } = result;
  const columns = ["build", "seconds", "local hits", "server hits", "misses", "down", "up", "speed"];
  const rows = builds.map((build) => [
    build.name,
    build.seconds.toFixed(2),
    ...cacheCells(build),
    `${Number(timesAsFast(result, build).toPrecision(2))}x`,
  ]);
  const table = formatTable(
    columns.map((title, index) => ({ title, align: index === 0 ? ("left" as const) : ("right" as const) })),
    rows,
    { styleTitle },
  );
  const binaries = isIdentical(result)
    ? `All ${builds.length} binaries are the same, byte for byte.`
    : `The binaries differ: ${builds.map((build) => `${build.name} ${build.binary.slice(0, 12)}`).join(", ")}.`;
  return `${table}\n${binaries}\n${verdict(result)}\n`;
}

/** How an empty runner did, near and far, and what the archive would have given. */
function verdict({ builds }: DemoResult): string {
  const times = (name: BuildFigures["name"]): string => {
    const build = builds.find((one) => one.name === name);
    return build === undefined ? "" : String(Number(timesAsFast({ builds }, build).toPrecision(2)));
  };
  const [near, far, tar] = [times("runner 2"), times("20 ms away"), times("unpack tar")];
  const archive = tar === "" ? "" : `; go with an unpacked archive ${tar} times`;
  return `Runner 2 was ${near} times as fast as native cold, 20 ms from the server ${far} times${archive}.`;
}

function cacheCells({ cache }: BuildFigures): string[] {
  if (cache === undefined) return ["-", "-", "-", "-", "-"];
  return [
    formatCount(cache.localHits),
    formatCount(cache.remoteHits),
    formatCount(cache.misses),
    formatBytes(cache.bytesDown),
    formatBytes(cache.bytesUp),
  ];
}

/** The same as one JSON object; sizes in bytes, figures of the cache `null` for go alone. */
export function demoJson(result: DemoResult): string {
  const { target, builds } = result;
  const rows = builds.map((build) => ({
    build: build.name,
    seconds: Number(build.seconds.toFixed(3)),
    unpackSeconds: build.unpacking === undefined ? null : Number(build.unpacking.seconds.toFixed(3)),
    archiveBytes: build.unpacking?.archiveBytes ?? null,
    localHits: build.cache?.localHits ?? null,
    serverHits: build.cache?.remoteHits ?? null,
    misses: build.cache?.misses ?? null,
    bytesDown: build.cache?.bytesDown ?? null,
    bytesUp: build.cache?.bytesUp ?? null,
    timesAsFast: Number(timesAsFast(result, build).toFixed(3)),
    sha256: build.binary,
  }));
  const data = {
    go: target.goVersion,
    package: target.importPath,
    builds: rows,
    binariesIdentical: isIdentical(result),
    runner2TimesAsFast: Number(speedOfRunner2(result).toFixed(3)),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** Throws `build/demo-binaries-differ`, `build/demo-nothing-shared`. */
export function requireSound(result: DemoResult): void {
  if (!isIdentical(result)) {
    const digests = result.builds.map((build) => `${build.name} ${build.binary.slice(0, 12)}`);
    throw demoErrors.error("build/demo-binaries-differ", digests.join(", "));
  }
  for (const name of ["runner 2", "20 ms away"]) {
    const fetched = result.builds.find((build) => build.name === name)?.cache?.remoteHits ?? 0;
    if (fetched === 0) throw demoErrors.error("build/demo-nothing-shared", `${name}: no hit on the server`);
  }
}

function isIdentical({ builds }: DemoResult): boolean {
  return new Set(builds.map((build) => build.binary)).size === 1;
}

function timesAsFast({ builds }: Pick<DemoResult, "builds">, build: BuildFigures): number {
  return (builds[0]?.seconds ?? Number.NaN) / build.seconds;
}

function speedOfRunner2(result: DemoResult): number {
  const runner2 = result.builds.find((build) => build.name === "runner 2");
  return runner2 === undefined ? Number.NaN : timesAsFast(result, runner2);
}
