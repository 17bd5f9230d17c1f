/** What people do in a day: when they push, to what, and which jobs that starts. */

import type { Random } from "../../src/stats/random.ts";
import { createChoice, drawExponential, drawLogNormal } from "./draws.ts";

const hourMs = 3_600_000;

/** Pushes of each hour from seven in the morning, by weight: a peak before noon, a lower one in the afternoon. */
const hours = [0.2, 0.5, 0.9, 1.25, 1.3, 0.85, 0.7, 1.1, 1.2, 1, 0.6, 0.25] as const;
const dayMs = hours.length * hourMs;
/** The middle of the hour with the most pushes. */
export const peakMs = (hours.indexOf(1.3) + 0.5) * hourMs;

export interface Repository {
  readonly name: number;
  /** What a new runner needs of it. */
  readonly entries: number;
  /** Layers of main, the oldest first: what each push brought. */
  readonly main: Layer[];
  readonly branches: Branch[];
}

/** A change with its scope. */
export interface Branch {
  readonly scope: number;
  readonly layers: Layer[];
}

/** What one push changed, as entries: the first run that needs them makes them. */
export interface Layer {
  readonly id: number;
  readonly entries: number;
}

export interface Push {
  readonly repository: Repository;
  /** `undefined`: to main. */
  readonly branch: Branch | undefined;
  readonly layer: Layer;
  readonly jobs: number;
}

export const mix = {
  repositories: 400,
  /** Jobs a runner does in the day. */
  jobsPerRunner: 70,
  jobsPerPush: 4,
  mainShare: 0.15,
  /** Pushes to a change before it is merged. */
  pushesPerChange: 5,
  /** Median and spread of a repository's entries. */
  entriesMedian: 1500,
  entriesSpread: 0.6,
  /** 96.5 MB packed, 393 MB unpacked, of 2,474 entries. */
  entryBytes: 39_000,
  entryRawBytes: 159_000,
  /** Share of the entries that a push changes: half of the pushes less. */
  changedMedian: 0.02,
  changedSpread: 1.1,
  changedMost: 0.35,
  /** Runners that start empty; the others keep their disk. */
  newRunnerShare: 0.7,
  /** Share of a repository's entries that a runner with a disk lacks. */
  keptRunnerLacks: 0.08,
  commandsPerJob: 3,
  /** Of a push's entries those that each job makes alone: vet, test binaries' packages. */
  ownShare: 0.3,
  /** Bodies too large to travel with the change. */
  largeBodyShare: 0.5,
} as const;

export interface Workload {
  readonly repositories: readonly Repository[];
  /** Milliseconds to the next push after a time; `undefined`: the day is over. */
  gapMs(afterMs: number): number | undefined;
  nextPush(): Push;
}

export function createWorkload(random: Random, runners: number): Workload {
  const repositories = Array.from({ length: mix.repositories }, (_, name): Repository => {
    const entries = Math.ceil(drawLogNormal(random, mix.entriesMedian, mix.entriesSpread));
    return { name, entries, main: [], branches: [] };
  });
  // Few repositories have most of the pushes.
  const choose = createChoice(repositories, (_, at) => 1 / (at + 1) ** 0.9);
  const weight = hours.reduce<number>((sum, hour) => sum + hour, 0);
  const pushesPerWeightMs = (runners * mix.jobsPerRunner) / mix.jobsPerPush / weight / hourMs;
  let [scopes, layers] = [0, 0];

  /** The rate of an hour is the same all through it, so the next push is drawn anew at its end. */
  function gapMs(afterMs: number): number | undefined {
    for (let atMs = afterMs; atMs < dayMs;) {
      const hour = Math.floor(atMs / hourMs);
      const gap = drawExponential(random, 1 / (pushesPerWeightMs * Number(hours[hour])));
      const endMs = (hour + 1) * hourMs;
      if (atMs + gap < endMs) return atMs + gap - afterMs;
      atMs = endMs;
    }
    return undefined;
  }

  function branchOf(repository: Repository): Branch {
    const open = repository.branches;
    const isNew = open.length === 0 || random.next() < 1 / mix.pushesPerChange;
    const branch = isNew ? { scope: ++scopes, layers: [] } : (open[random.below(open.length)] as Branch);
    if (isNew) open.push(branch);
    if (open.length > branchesOpen) open.shift();
    return branch;
  }

  return {
    repositories,
    gapMs,
    nextPush() {
      const repository = choose(random);
      const isMain = random.next() < mix.mainShare;
      const share = Math.min(mix.changedMost, drawLogNormal(random, mix.changedMedian, mix.changedSpread));
      const entries = Math.max(1, Math.round(repository.entries * share));
      const layer: Layer = { id: layers++, entries };
      const branch = isMain ? undefined : branchOf(repository);
      (branch === undefined ? repository.main : branch.layers).push(layer);
      const jobs = 1 + random.below(2 * mix.jobsPerPush - 1);
      return { repository, branch, layer, jobs };
    },
  };
}

/** Changes of a repository that people work on at once. */
const branchesOpen = 30;
