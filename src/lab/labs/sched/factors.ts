/** What the scheduler lab varies, and its designs. */

import type { Cell, Design, LabFactor } from "../../lab.ts";
import { schedErrors } from "./errors.ts";

/** What the lab's flags say. */
export interface SchedInput {
  /** Levels by factor, where the user named them. */
  readonly levels: Readonly<Record<string, readonly string[]>>;
  readonly runs: number;
  /** How long one run probes. */
  readonly runMs: number;
}

export interface Levels {
  readonly quota: readonly string[];
  readonly gomaxprocs: readonly string[];
  readonly asyncpreempt: readonly string[];
  readonly race: readonly string[];
  readonly workload: readonly string[];
}

export type FactorName = keyof Levels;

const workloads = ["idle", "loop", "leaf", "framed", "alloc", "document"] as const;

const docs: Readonly<Record<FactorName, string>> = {
  quota: "the CPU limit of the program's cgroup, in CPUs",
  gomaxprocs: "how many goroutines run at once; as many busy ones are started",
  asyncpreempt: "off is GODEBUG=asyncpreemptoff=1: goroutines are interrupted at calls only",
  race: "built with -race",
  workload:
    "what the busy goroutines do: nothing; a loop without calls; calls of a function without a frame; of one with a frame; allocation; the document's program",
};

const forms: Readonly<Record<FactorName, RegExp>> = {
  quota: /^(?:none|\d{1,3}(?:\.\d{1,3})?)$/,
  gomaxprocs: /^[1-9]\d{0,2}$/,
  asyncpreempt: /^(?:on|off)$/,
  race: /^(?:on|off)$/,
  workload: new RegExp(`^(?:${workloads.join("|")})$`),
};

export const factorNames: readonly FactorName[] = ["quota", "gomaxprocs", "asyncpreempt", "race", "workload"];

/** `quota=none,0.1`. Throws `lab/sched-factor-invalid`. */
export function readFactor(text: string): readonly [FactorName, readonly string[]] {
  const [, name = "", list = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const factor = factorNames.find((one) => one === name);
  const levels = list.split(",");
  const wrong = factor === undefined ? undefined : levels.find((level) => !forms[factor].test(level));
  if (factor === undefined || wrong !== undefined || new Set(levels).size < levels.length) {
    throw schedErrors.error("lab/sched-factor-invalid", `--factor ${text}`);
  }
  const zero = factor === "quota" ? levels.find((level) => Number(level) === 0) : undefined;
  if (zero !== undefined) throw schedErrors.error("lab/sched-factor-invalid", `--factor ${text}: a limit of 0 CPUs`);
  return [factor, levels];
}

/** What of the designs can be done on this machine. */
export interface Machine {
  readonly processors: number;
  readonly canLimit: boolean;
  readonly canRace: boolean;
}

interface DesignSpec {
  readonly name: string;
  readonly doc: string;
  readonly levels: Levels;
}

/** From the least to the best. */
function designSpecs({ processors }: Machine): readonly DesignSpec[] {
  const [both, most] = [["on", "off"], String(processors)];
  const glance = { quota: ["none", "0.1"], gomaxprocs: [most], asyncpreempt: both, race: ["off"] };
  const usual = { ...glance, gomaxprocs: processors === 1 ? ["1"] : ["1", most] };
  return [
    {
      name: "glance",
      doc: "tells throttling from non-preemption with a loop that calls nothing; no other workload",
      levels: { ...glance, workload: ["idle", "loop"] },
    },
    {
      name: "main",
      doc: "all workloads, without a limit and at 0.1 CPU; no race detector",
      levels: { ...usual, workload: workloads },
    },
    {
      name: "full",
      doc: "all workloads at five limits, with and without the race detector",
      levels: {
        ...usual,
        quota: ["none", "1", "0.5", "0.2", "0.1"],
        race: ["off", "on"],
        workload: workloads,
      },
    },
  ];
}

/** What a run costs besides its probing: a start, which takes several periods under a small limit. */
const overheadMs = 250;

/** The levels of each design, with what the user named in place of the lab's own. */
export function designsFor(input: SchedInput, machine: Machine): readonly { design: Design; levels: Levels }[] {
  return designSpecs(machine).map(({ name, doc, levels }) => {
    const chosen = narrow({ ...levels, ...input.levels }, machine);
    const runs = factorNames.reduce((product, factor) => product * chosen[factor].length, input.runs);
    return { design: { name, doc, runs, estimateMs: runs * (input.runMs + overheadMs) }, levels: chosen };
  });
}

function narrow(levels: Levels, { canLimit, canRace }: Machine): Levels {
  return {
    ...levels,
    quota: canLimit ? levels.quota : ["none"],
    race: canRace ? levels.race : ["off"],
  };
}

export function factorsOf(levels: Levels): readonly LabFactor[] {
  return factorNames.map((name) => ({ name, doc: docs[name], levels: levels[name] }));
}

/** Every combination once for each round. */
export function cellRounds(levels: Levels, runs: number): readonly (readonly Cell[])[] {
  let combinations: readonly Readonly<Record<string, string>>[] = [{}];
  for (const name of factorNames) {
    combinations = combinations.flatMap((one) => levels[name].map((level) => ({ ...one, [name]: level })));
  }
  return Array.from({ length: runs }, (_, round) =>
    combinations.map((one) => ({ id: `${factorNames.map((name) => one[name]).join(" ")} #${round}`, levels: one })),
  );
}
