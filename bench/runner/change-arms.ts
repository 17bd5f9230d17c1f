/**
 * A new runner after a change, its server far away and knowing the parent only; beside each, go alone building the very
 * same change from the parent's warm cache. Every build has a change of its own, so that none finds what another left;
 * and like a change in CI it has a scope of its own, that reads from main.
 */

import { verify } from "../measure/failure.ts";
import type { Bar } from "../measure/report.ts";
import type { Arm, Sample } from "../measure/rounds.ts";
import type { ChosenPackage } from "../setup/change-choice.ts";
import type { SourceChange } from "../setup/checkout.ts";
import { type BuildResult, verifyHits } from "../setup/go-builds.ts";
import type { ArmsWithRows } from "./new-runner-arms.ts";
import type { RunnerStage } from "./runner-stage.ts";

const bar: Bar = { of: "ratio", sense: "at most", limit: 1.5 };
/** What the change does not touch is there; a third of the module's own packages may be built anew. */
const hitShareMin = 0.5;

interface ChangeKind {
  /** `i` or `ii`. */
  readonly label: string;
  readonly chosen: ChosenPackage;
}

export function changeArms(stage: RunnerStage, kinds: readonly ChangeKind[]): ArmsWithRows {
  const pairs = kinds.flatMap((kind) =>
    (["go", "cacheprog"] as const).map((helper) => changePair(stage, kind, helper)),
  );
  return {
    arms: pairs.flat(),
    rows: pairs.flatMap(([native, own]) => [{ arm: native.name }, { arm: own.name, base: native.name, bar }]),
  };
}

function changePair(stage: RunnerStage, kind: ChangeKind, helper: "go" | "cacheprog"): readonly [Arm, Arm] {
  const shown = helper === "go" ? "ballast go" : helper;
  const digests = new DigestPairs();
  const unique = crypto.randomUUID().slice(0, 8);
  const change = (round: number): SourceChange => ({
    package: kind.chosen.package,
    token: `${kind.label.toUpperCase()}x${unique}x${round}`,
  });
  const arm = (name: string, build: (change: SourceChange) => Promise<BuildResult>): Arm => ({
    name,
    unit: "ms",
    async run(round): Promise<Sample> {
      const result = await build(change(round));
      digests.check(round, result.digest, name);
      verify(result.digest !== stage.digest, `${name}: the program is the parent's, as if nothing had changed`);
      return { value: result.wallMs, details: { ...result } };
    },
  });
  return [
    arm(`change ${kind.label}, native, beside ${shown}`, (one) => buildNative(stage, one)),
    arm(`change ${kind.label}, new runner, ${shown}, far`, (one) => buildChange(stage, helper, one)),
  ];
}

async function buildNative({ bench, nativeCache }: RunnerStage, change: SourceChange): Promise<BuildResult> {
  const out = bench.freshOut("native");
  await bench.checkout.restore(change);
  await bench.sync();
  return bench.build({ helper: "native", gocache: nativeCache, out });
}

async function buildChange(
  { bench, urls }: RunnerStage,
  helper: "go" | "cacheprog",
  change: SourceChange,
): Promise<BuildResult> {
  const gocache = bench.freshCache("new");
  const out = bench.freshOut("new");
  await bench.checkout.refresh(change);
  await bench.sync();
  const scope = `pr/${change.token}`;
  const result = await bench.build({ helper, gocache, out, server: urls.far, scope });
  verifyHits(result, hitShareMin, scope);
  return result;
}

/** Two builds of one change, in either order, must make the same program. */
class DigestPairs {
  readonly #first = new Map<number, string>();

  check(round: number, digest: string, name: string): void {
    const first = this.#first.get(round);
    if (first === undefined) this.#first.set(round, digest);
    else verify(digest === first, `${name}: its program differs from the other build of the same change`);
  }
}
