/** A CI job on a runner: its go commands with what each asks of a node, and what it does without one. */

import { helperLimits, nodeCosts, runnerMachine } from "./costs.ts";
import type { Day } from "./day.ts";
import { bringLayers, type Part, partOf } from "./layers.ts";
import type { RequestCost, RequestKind, SimulatedNode } from "./simulated-node.ts";
import { mix, type Push } from "./workload.ts";

export interface Job {
  readonly push: Push;
  readonly at: number;
  readonly isNewRunner: boolean;
  node: SimulatedNode | undefined;
  /** The rest of the command, or of the job, is built without the server. */
  isLocal: boolean;
}

/** What each go command of a job needs of all its entries: build, test, and one more. */
const commandShares = [0.6, 0.35, 0.05] as const;
/** Requests for what no list announced; so many are played as one event, and follow one another. */
const [lookupsMost, lookupsAtOnce] = [12, 4] as const;
const putRequestEntries = 20;
const putGroups = 3;
/** Requests of a runner that was told nothing ahead, of three ids each, and as how many events they are played. */
const [blindIds, blindGroups] = [3, 6] as const;

export function runJob(day: Day, job: Job, then: () => void): void {
  const next = (command: number): void => {
    if (command === mix.commandsPerJob) return then();
    day.counts.commands += 1;
    runCommand(day, job, command, () => day.timeline.after(runnerMachine.linkMs, () => next(command + 1)));
  };
  job.node = day.pickNode();
  if (job.node === undefined) job.isLocal = true;
  next(0);
}

function runCommand(day: Day, job: Job, command: number, then: () => void): void {
  const share = commandShares[command] ?? 0;
  const lacks = (job.isNewRunner ? 1 : mix.keptRunnerLacks) * share;
  const part = command === 2 ? undefined : partOf(job.push.layer, command === 0 ? undefined : job.at);
  const { entries } = job.push.repository;
  const locally = (): void => {
    day.counts.localCommands += 1;
    compile(day, entries * lacks + (part?.entries ?? 0), then);
  };
  if (job.isLocal) return locally();
  const afterStream = (): void => {
    if (job.isLocal) return locally();
    if (part === undefined) return leaveManifest(day, job, command, then);
    const done = (): void => leaveManifest(day, job, command, then);
    if (day.isMade(part)) lookUp(day, job, part, done);
    else make(day, job, part, done);
  };
  if (command > 0) return openRun(day, job, command, lacks, afterStream);
  ask(day, job, "removals", { threadMs: nodeCosts.removalsMs }, () => openRun(day, job, command, lacks, afterStream));
}

/** Asks; what is not answered in time, or not at all, makes the rest of the job local. */
function ask(day: Day, job: Job, kind: RequestKind, cost: RequestCost, then: () => void): void {
  const { node } = job;
  if (node === undefined || job.isLocal) return then();
  node.request(kind, cost, (tookMs) => {
    const limitMs = helperLimits.waitBudgetMs + (cost.bytesOut ?? 0) / helperLimits.paceBytesPerMs;
    if (tookMs === undefined) giveUp(day, job, "unanswered");
    else if (kind === "stream" ? tookMs > limitMs : tookMs > helperLimits.silenceMs) giveUp(day, job, "slow");
    then();
  });
}

function giveUp(day: Day, job: Job, why: "unanswered" | "slow"): void {
  if (job.isLocal) return;
  job.isLocal = true;
  day.counts[why] += 1;
}

function openRun(day: Day, job: Job, command: number, lacks: number, then: () => void): void {
  const { repository, branch } = job.push;
  const { node } = job;
  if (node === undefined || job.isLocal) return then();
  const entries = repository.entries * (commandShares[command] ?? 0);
  const hasManifest = day.findsManifest(node, repository.name, branch?.scope, command);
  const threadMs = hasManifest ? (nodeCosts.openMs * entries) / nodeCosts.openEntries : nodeCosts.lookupMs;
  const opened = { threadMs };
  const sent = repository.entries * lacks;
  day.counts.opened += 1;
  if (!hasManifest) day.counts.blind += 1;
  ask(day, job, "open", opened, () => {
    if (job.isLocal) return then();
    bringLayers(day, node, job.push, () =>
      hasManifest ? stream(day, job, sent, then) : lookUpAll(day, job, sent, then),
    );
  });
}

function stream(day: Day, job: Job, entries: number, then: () => void): void {
  const bytesOut = entries * mix.entryBytes;
  const threadMs = entries * nodeCosts.streamedEntryMs + sendingMs(bytesOut);
  ask(day, job, "stream", { threadMs, bytesOut, diskBytes: bytesOut * day.coldShare }, then);
}

/** A runner that no manifest helps asks for everything, a few ids at a time. */
function lookUpAll(day: Day, job: Job, entries: number, then: () => void): void {
  const count = Math.max(1, Math.ceil(entries / blindIds / blindGroups));
  const bytesOut = (entries * mix.entryBytes) / blindGroups;
  const threadMs = count * (nodeCosts.lookupMs + blindIds * nodeCosts.lookupIdMs) + sendingMs(bytesOut);
  const cost = { threadMs, bytesOut, diskBytes: bytesOut * day.coldShare, count };
  const next = (left: number): void => {
    if (left === 0 || job.isLocal) return then();
    // One after another: each waits for the one before.
    day.timeline.after(count * runnerMachine.roundTripMs, () => ask(day, job, "lookup", cost, () => next(left - 1)));
  };
  next(blindGroups);
}

function lookUp(day: Day, job: Job, part: Part, then: () => void): void {
  const requests = Math.min(part.entries, lookupsMost);
  const groups = Math.ceil(requests / lookupsAtOnce);
  const [ids, count] = [part.entries / groups, requests / groups];
  const bytesOut = ids * mix.entryBytes;
  const threadMs = count * nodeCosts.lookupMs + ids * nodeCosts.lookupIdMs + sendingMs(bytesOut);
  const next = (left: number): void => {
    if (left === 0 || job.isLocal) return then();
    ask(day, job, "lookup", { threadMs, bytesOut, count }, () => next(left - 1));
  };
  next(groups);
}

function sendingMs(bytes: number): number {
  return (bytes / 1e6) * nodeCosts.streamedMegabyteMs;
}

/** Compiles and puts; who is acknowledged first has made the part. */
function make(day: Day, job: Job, part: Part, then: () => void): void {
  const groups = Math.min(putGroups, Math.ceil(part.entries / putRequestEntries));
  const entries = part.entries / groups;
  const bytesIn = entries * mix.entryBytes;
  const count = Math.ceil(entries / putRequestEntries);
  const { putMs, putEntryMs, putMegabyteMs } = nodeCosts;
  const threadMs = count * putMs + entries * putEntryMs + ((entries * mix.entryRawBytes) / 1e6) * putMegabyteMs;
  const next = (left: number): void => {
    if (left === 0) {
      if (!job.isLocal && job.node !== undefined) day.made(part, job.node);
      return then();
    }
    day.timeline.after(entries * runnerMachine.compiledEntryMs, () =>
      ask(day, job, "put", { threadMs, bytesIn, diskBytes: bytesIn, count }, () => next(left - 1)),
    );
  };
  next(groups);
}

function leaveManifest(day: Day, job: Job, command: number, then: () => void): void {
  const { repository, branch } = job.push;
  ask(day, job, "manifest", { threadMs: nodeCosts.keepRunMs }, () => {
    if (job.node !== undefined && !job.isLocal) day.keepManifest(job.node, repository.name, branch?.scope, command);
    then();
  });
}

function compile(day: Day, entries: number, then: () => void): void {
  day.timeline.after(entries * runnerMachine.compiledEntryMs, then);
}
