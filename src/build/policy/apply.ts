/** A decision, applied to a go command: words and variables change, and what changed is said. */

import { flagText, type GoCommandLine, parseGoCommand, parseGoflags } from "../../go/command-line.ts";
import { goValue } from "../../go/env.ts";
import type { DecidedSetting, Decision } from "../../policy/evaluate.ts";
import type { CacheMode } from "../settings.ts";
import type { GoCommand } from "./command-facts.ts";

/** `set`; `kept`: what was asked for explicitly stays; `idle`: the command has no use for it. */
export type Outcome = "set" | "kept" | "idle";

export interface AppliedSetting {
  readonly key: string;
  readonly value: string;
  /** The name of the rule. */
  readonly rule: string;
  readonly outcome: Outcome;
  /** `-count=1`, `GODEBUG=…`; what stays, or why there is no use. */
  readonly detail: string;
}

export interface GovernedCommand {
  readonly args: readonly string[];
  readonly env: GoCommand["env"];
  /** What policy says of the cache, if it says anything that counts. */
  readonly mode: CacheMode | undefined;
  readonly applied: readonly AppliedSetting[];
}

interface Draft {
  args: readonly string[];
  env: Record<string, string | undefined>;
  mode: CacheMode | undefined;
  readonly applied: AppliedSetting[];
}

/** Verbs that take flags of builds. */
const buildVerbs = ["build", "install", "run", "test", "vet", "list"];

/** @param explicitMode the mode of a flag or a variable, which wins unless the rule is enforced */
export function applyDecision(
  decision: Decision,
  command: GoCommand,
  explicitMode: CacheMode | undefined,
): GovernedCommand {
  const draft: Draft = { args: command.args, env: { ...command.env }, mode: undefined, applied: [] };
  for (const setting of decision.settings) {
    const { outcome, detail } = applySetting(draft, setting, explicitMode);
    draft.applied.push({ key: setting.key, value: setting.value, rule: setting.rule.name, outcome, detail });
  }
  runTestsAnew(draft);
  return { args: draft.args, env: draft.env, mode: draft.mode, applied: draft.applied };
}

type Done = Pick<AppliedSetting, "outcome" | "detail">;

function applySetting(draft: Draft, setting: DecidedSetting, explicitMode: CacheMode | undefined): Done {
  const { key, value, rule } = setting;
  if (key.startsWith("godebug.")) return setGodebug(draft, key.slice("godebug.".length), value, rule.isEnforced);
  switch (key) {
    case "cache":
      return setMode(draft, value as CacheMode, explicitMode, rule.isEnforced);
    case "gomaxprocs":
      return setVariable(draft, "GOMAXPROCS", value, rule.isEnforced);
    case "count":
      return setFlag(draft, "count", value, rule.isEnforced, ["test"]);
    default:
      return setFlag(draft, key, value, rule.isEnforced, buildVerbs);
  }
}

function setMode(draft: Draft, mode: CacheMode, explicit: CacheMode | undefined, isEnforced: boolean): Done {
  if (explicit !== undefined && explicit !== mode && !isEnforced) {
    return { outcome: "kept", detail: `--cache=${explicit} was asked for` };
  }
  draft.mode = mode;
  return { outcome: "set", detail: `--cache=${mode}` };
}

function setVariable(draft: Draft, name: string, value: string, isEnforced: boolean): Done {
  const own = draft.env[name] ?? "";
  const isKept = own !== "" && own !== value && !isEnforced;
  if (isKept) return { outcome: "kept", detail: `${name}=${own} is in the environment` };
  draft.env[name] = value;
  return { outcome: "set", detail: `${name}=${value}` };
}

/** One key of GODEBUG; the user's other keys stay where they are. The runtime takes the last of equal keys. */
function setGodebug(draft: Draft, key: string, value: string, isEnforced: boolean): Done {
  const own = (draft.env["GODEBUG"] ?? "").split(",").filter((pair) => pair !== "");
  const existing = own.findLast((pair) => pair.startsWith(`${key}=`));
  if (existing !== undefined && existing !== `${key}=${value}` && !isEnforced) {
    return { outcome: "kept", detail: `GODEBUG holds ${existing}` };
  }
  const merged = [...own.filter((pair) => !pair.startsWith(`${key}=`)), `${key}=${value}`].join(",");
  draft.env["GODEBUG"] = merged;
  return { outcome: "set", detail: `GODEBUG=${merged}` };
}

function setFlag(draft: Draft, name: string, value: string, isEnforced: boolean, verbs: readonly string[]): Done {
  const line = parseGoCommand(draft.args);
  if (!verbs.includes(line.verb)) return { outcome: "idle", detail: `go ${line.verb} has no -${name}` };
  const explicit = explicitFlag(draft, line, name);
  const isSame = explicit === value || (explicit === "" && value === "true");
  if (isSame) return { outcome: "set", detail: `-${name}=${value}` };
  const isKept = explicit !== undefined && !isEnforced;
  if (isKept) return { outcome: "kept", detail: `-${name}=${explicit || "true"} was asked for` };
  draft.args = withFlag(draft.args, line, name, value);
  return { outcome: "set", detail: `-${name}=${value}` };
}

function explicitFlag({ env }: Draft, line: GoCommandLine, name: string): string | undefined {
  return flagText(name, line, parseGoflags(goValue(env, "GOFLAGS")));
}

/** The flag in front of all others, and nowhere else: go takes the last of equal flags. */
function withFlag(args: readonly string[], line: GoCommandLine, name: string, value: string): string[] {
  const dropped = new Set<number>();
  for (const flag of line.flags) {
    if (flag.name === name) for (let word = 0; word < flag.words; word++) dropped.add(flag.at + word);
  }
  const kept = (word: string, index: number): string[] => (dropped.has(index) ? [] : [word]);
  const before = args.slice(0, line.flagsAt);
  const behind = args.slice(line.flagsAt).flatMap((word, index) => kept(word, index + line.flagsAt));
  return [...before, `-${name}=${value}`, ...behind];
}

/** Go would take a result of another GOMAXPROCS for this one's: it is not in the key. */
function runTestsAnew(draft: Draft): void {
  const cause = draft.applied.find(({ key, outcome }) => key === "gomaxprocs" && outcome === "set");
  const line = parseGoCommand(draft.args);
  if (cause === undefined || line.verb !== "test") return;
  if (draft.applied.some(({ key, outcome }) => key === "count" && outcome === "set")) return;
  const explicit = explicitFlag(draft, line, "count");
  if (explicit !== undefined) return;
  draft.args = withFlag(draft.args, line, "count", "1");
  const detail = "-count=1, since GOMAXPROCS is not in Go's key for test results";
  draft.applied.push({ key: "count", value: "1", rule: cause.rule, outcome: "set", detail });
}
