/** What a governed go command leaves in the ledger. docs/reference/ledger.md says what each attribute means. */

import type { RunSummary } from "../cache/helper/summary.ts";
import { detectJob } from "../ci/job.ts";
import { parseGoCommand } from "../go/command-line.ts";
import { type Attributes, type AttributeValue, attributeText, eventLimits, type LedgerEvent } from "../ledger/event.ts";
import type { HideValue } from "../ledger/hidden-values.ts";
import { shownArgs, shownVariables } from "./event-words.ts";
import type { Plan } from "./governance.ts";

/** One command, after it ended. */
export interface FinishedCommand {
  readonly plan: Plan;
  readonly cwd: string;
  readonly startedMs: number;
  readonly durationMs: number;
  /** Absent when go could not be started. */
  readonly exitCode: number | undefined;
  /** Absent where the cache's traffic was not seen. */
  readonly summary: RunSummary | undefined;
  readonly parallelism: number;
  /** What the coverage guard found; absent where no coverage was measured. */
  readonly coverage?: Attributes | undefined;
}

const buildEventName = "ballast.go.command";

/** @param id tells this command from all others */
export function buildEvent(command: FinishedCommand, id: string, hide: HideValue): LedgerEvent {
  const { plan, cwd, startedMs, durationMs, exitCode, summary, parallelism } = command;
  const { verb } = parseGoCommand(plan.args);
  const attributes: Record<string, AttributeValue | undefined> = {
    ...jobAttributes(plan.env),
    "process.command_args": fitList(["go", ...shownArgs(plan.args, hide)]),
    "process.working_directory": cwd,
    "process.exit.code": exitCode,
    "cicd.pipeline.task.type": taskTypes.get(verb) ?? "other",
    "cicd.pipeline.task.run.result": resultOf(exitCode),
    "ballast.go.verb": verb,
    "ballast.go.env": fitList(shownVariables(plan.env, hide)),
    "ballast.duration_ms": Math.round(durationMs),
    "ballast.cache.mode": plan.mode,
    "ballast.cache.mode_from": plan.modeFrom,
    "ballast.cache.observed": summary !== undefined,
    ...(summary === undefined ? {} : trafficAttributes(summary, parallelism)),
    ...policyAttributes(plan),
    ...command.coverage,
  };
  return { key: `go/${id}`, name: buildEventName, timeMs: startedMs, attributes: fitAttributes(attributes) };
}

/** A map, for a command may be called `toString` or `__proto__`. */
const taskTypes: ReadonlyMap<string, string> = new Map([
  ["build", "build"],
  ["install", "build"],
  ["test", "test"],
]);

/** go ends with 128 and a signal's number when one ended it. */
function resultOf(exitCode: number | undefined): string {
  if (exitCode === undefined) return "error";
  if (exitCode === 0) return "success";
  return exitCode > 128 && exitCode < 160 ? "cancellation" : "failure";
}

function jobAttributes(env: Plan["env"]): Record<string, AttributeValue | undefined> {
  const { platform, scope, provenance } = detectJob(env);
  return {
    "ballast.ci.platform": platform,
    "ballast.ci.scope": scope,
    "ballast.ci.actor": provenance["actor"],
    "cicd.pipeline.run.id": provenance["run"],
    "cicd.pipeline.task.name": provenance["job"],
    "cicd.worker.name": env["RUNNER_NAME"] ?? env["CI_RUNNER_DESCRIPTION"] ?? env["NODE_NAME"],
    "vcs.repository.name": provenance["repository"],
    "vcs.ref.head.name": provenance["ref"],
    "vcs.ref.head.revision": provenance["commit"],
    "vcs.change.id": /^pr\/(.+)$/.exec(scope)?.[1],
  };
}

/** Actions ran side by side, so what their producers took is divided by as many. */
function trafficAttributes(summary: RunSummary, parallelism: number): Attributes {
  return {
    "ballast.cache.gets": summary.gets,
    "ballast.cache.local_hits": summary.localHits,
    "ballast.cache.remote_hits": summary.remoteHits,
    "ballast.cache.misses": summary.misses,
    "ballast.cache.puts": summary.puts,
    "ballast.cache.bytes_down": summary.bytesDown,
    "ballast.cache.bytes_up": summary.bytesUp,
    "ballast.cache.corrupt": summary.corrupt,
    "ballast.saved_ms": Math.round(summary.savedMs / Math.max(1, parallelism)),
    "ballast.waited_ms": summary.waitedMs,
  };
}

function policyAttributes({ applied, decision }: Plan): Record<string, AttributeValue> {
  if (decision === undefined) return {};
  const of = (outcome: string): string[] =>
    applied.filter((one) => one.outcome === outcome).map(({ key, value, rule }) => `${key}=${value} (${rule})`);
  return {
    "ballast.policy.applied": fitList(decision.traces.filter(({ applies }) => applies).map(({ rule }) => rule.name)),
    "ballast.policy.set": fitList(of("set")),
    "ballast.policy.overruled": fitList(of("kept")),
  };
}

/** What the whole list may take, so that an event always fits. */
const listChars = 16_000;
const textChars = 2000;

/** As much of a list as an event may hold; what is left out is counted. */
function fitList(items: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let room = listChars;
  for (const item of items) {
    const text = attributeText(item, textChars);
    room -= Buffer.byteLength(text) + 3;
    if (room < 0 || kept.length === eventLimits.listItems - 1) return [...kept, `… ${items.length - kept.length} more`];
    kept.push(text);
  }
  return kept;
}

function fitAttributes(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const fit: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === "") continue;
    fit[name] = typeof value === "string" ? attributeText(value, textChars) : value;
  }
  return fit;
}
