import { availableParallelism } from "node:os";
import { labFlags } from "../../lab/lab-flags.ts";
import { visibilityErrors } from "../../lab/labs/visibility/errors.ts";
import { visibilityLab } from "../../lab/labs/visibility/lab.ts";
import type { VisibilityInput } from "../../lab/labs/visibility/target.ts";
import { runsFlag } from "../../lab/rounds.ts";
import type { FlagValues } from "../../core/flags.ts";
import { defineCommand } from "../command.ts";
import { runLabCommand } from "../lab-command.ts";

const ownFlags = {
  run: { type: "string", valueName: "REGEXP", doc: "Only these tests of the package, as go test -run." },
  program: { type: "string", valueName: "FILE", doc: "Examine this program instead of a package." },
  raceProgram: { type: "string", valueName: "FILE", doc: "The same program built with -race." },
  ...runsFlag,
  gomaxprocs: {
    type: "number",
    integer: true,
    min: 1,
    max: 1024,
    multiple: true,
    defaultText: "1 and the number of processors",
    doc: "How many goroutines run at once.",
  },
  deadline: { type: "duration", valueName: "TIME", defaultText: "30s", doc: "A run that takes longer hangs." },
  stalled: {
    type: "duration",
    valueName: "TIME",
    defaultText: "2s",
    doc: "So does one that burns this much CPU time while no processor begins another goroutine's time slice.",
  },
} as const;

/** `ballast lab visibility` */
export const command = defineCommand({
  path: ["lab", "visibility"],
  summary: "tell a data race from a goroutine that is not preempted, by running a package's tests or a program",
  details:
    "Runs it with and without asynchronous preemption, with and without the race detector, and with one and all processors, in an order " +
    "of chance, and says which it is: a data race, preemption, both, or neither.\n\n" +
    "Exit status 1 when something was seen.",
  positionals: "[PACKAGE] [ARGS…]",
  flags: { ...labFlags, ...ownFlags },
  examples: [
    { line: "ballast lab visibility ./queue --run TestDrain", remark: "One test of a package." },
    {
      line: "ballast lab visibility --program ./worker --race-program ./worker.race -- -n 3",
      remark: "A program with its arguments.",
    },
  ],
  run: (context, flags, positionals) => {
    const { run, runs, program, raceProgram, gomaxprocs, deadline, stalled } = flags;
    const own = { run, runs, program, raceProgram, gomaxprocs, deadline, stalled, package: positionals };
    return runLabCommand(context, visibilityLab, flags, own, () => readInput(flags, positionals));
  },
});

function readInput(flags: FlagValues<typeof ownFlags>, positionals: readonly string[]): VisibilityInput {
  const { run, program, raceProgram } = flags;
  const procs = flags.gomaxprocs.length > 0 ? flags.gomaxprocs : [1, availableParallelism()];
  return {
    target: targetOf(run, program, raceProgram, positionals),
    runs: flags.runs,
    gomaxprocs: [...new Set(procs.map(String))],
    deadlineMs: flags.deadline ?? 30_000,
    stalledMs: flags.stalled ?? 2000,
  };
}

function targetOf(
  run: string | undefined,
  program: string | undefined,
  racePath: string | undefined,
  positionals: readonly string[],
): VisibilityInput["target"] {
  if (program !== undefined) {
    if (run !== undefined) throw refused("--run beside --program");
    return { kind: "program", path: program, racePath, args: positionals };
  }
  if (racePath !== undefined) throw refused("--race-program without --program");
  const [path = ".", ...args] = positionals;
  if (run !== undefined && args.length > 0) throw refused("arguments beside --run");
  return { kind: "package", path, run, args };
}

function refused(detail: string): Error {
  return visibilityErrors.error("lab/visibility-arguments", detail);
}
