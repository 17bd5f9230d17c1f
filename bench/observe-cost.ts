/**
 * What `ballast observe -- PROGRAM` costs: a fixed amount of work on all processors, plain and observed, in the order
 * ABBA. `node_modules/.bin/bun bench/observe-cost.ts [PAIRS] [SECONDS]`; 10 pairs of 30 s take 20 minutes, alone on the
 * machine. The bar: below 2 %, as the upper 95 % bound of the median of the pairs' ratios.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatTable } from "../src/core/table.ts";
import { median } from "../src/stats/order.ts";

/** Calls with frames, allocation and a channel now and then: what the scheduler is asked for in a busy program. */
const source = `package main

import (
	"os"
	"runtime"
	"strconv"
	"sync"
)

//go:noinline
func mix(seed uint64, depth int) uint64 {
	if depth == 0 {
		return seed * 6364136223846793005
	}
	return mix(seed+uint64(depth), depth-1) ^ seed
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[1])
	var all sync.WaitGroup
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			pipe := make(chan []byte, 1)
			for n, seed := 0, uint64(i); n < rounds; n++ {
				seed = mix(seed, 50)
				if n%100 == 0 {
					pipe <- make([]byte, 256+seed%256)
					<-pipe
				}
			}
		}()
	}
	all.Wait()
}
`;

const root = resolve(import.meta.dir, "..");
const [pairs = 10, secondsWanted = 30] = process.argv.slice(2).map(Number);

interface Spent {
  /** By the wall clock. */
  readonly seconds: number;
  /** Of processors, by the program, the observer and all that they started. */
  readonly processorSeconds: number;
}

function spentBy(argv: readonly string[]): Spent {
  const startedMs = performance.now();
  const run = Bun.spawnSync([...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  if (run.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${run.exitCode}\n${run.stderr.toString()}`);
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, processorSeconds: Number(run.resourceUsage.cpuTime.total) / 1e6 };
}

/** Observed over plain, of one pair in the order ABBA. */
function ratiosOfPair(plain: readonly string[], observed: readonly string[]): Spent {
  const [first, second, third, fourth] = [spentBy(plain), spentBy(observed), spentBy(observed), spentBy(plain)];
  return {
    seconds: (second.seconds + third.seconds) / (first.seconds + fourth.seconds),
    processorSeconds:
      (second.processorSeconds + third.processorSeconds) / (first.processorSeconds + fourth.processorSeconds),
  };
}

/** The smallest order statistic that lies above the median with 95 %: exact, whatever the distribution. */
function upperBound(ratios: readonly number[]): number | undefined {
  const sorted = ratios.toSorted((a, b) => a - b);
  let [chance, term] = [0, 0.5 ** sorted.length];
  // P(at least `rank` of n lie below the median): the chance that the value of that rank lies above it is what is left.
  for (let rank = sorted.length; rank > 0; rank--) {
    chance += term;
    if (chance > 0.05) return sorted[rank];
    term = (term * rank) / (sorted.length - rank + 1);
  }
  return undefined;
}

function makeExecutable(): string {
  const made = Bun.spawnSync(["sh", join(root, "scripts/make-executable.sh")], { stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

function main(folder: string): void {
  const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? makeExecutable();
  writeFileSync(join(folder, "main.go"), source);
  writeFileSync(join(folder, "go.mod"), "module example.org/work\n\ngo 1.22\n");
  const program = join(folder, "work");
  const built = Bun.spawnSync(["go", "build", "-o", program, "."], {
    cwd: folder,
    env: { ...process.env, GOENV: "off" },
  });
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  const trialRounds = 2_000_000;
  const rounds = String(Math.round((trialRounds * secondsWanted) / spentBy([program, String(trialRounds)]).seconds));
  const plain = [program, rounds];
  const observed = [executable, "observe", "--", ...plain];
  const rows: Spent[] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    const row = ratiosOfPair(plain, observed);
    rows.push(row);
    const texts = [row.seconds, row.processorSeconds].map((ratio) => ratio.toFixed(4));
    console.error(`pair ${pair} of ${pairs}: ${texts[0]} by the clock, ${texts[1]} of processor time`);
  }
  console.log(
    `${availableParallelism()} processors, load at the end ${(loadavg()[0] ?? 0).toFixed(2)}, ${pairs} pairs of ABBA`,
  );
  const columns = [rows.map(({ seconds }) => seconds), rows.map(({ processorSeconds }) => processorSeconds)];
  const row = (what: string, text: (ratios: readonly number[]) => string): string[] => [what, ...columns.map(text)];
  const facts = [
    row("median ratio", (ratios) => median(ratios).toFixed(4)),
    row("from – to", (ratios) => `${Math.min(...ratios).toFixed(4)} – ${Math.max(...ratios).toFixed(4)}`),
    row("upper 95 % bound of the median", (ratios) => upperBound(ratios)?.toFixed(4) ?? "too few pairs"),
    row("bar", () => "below 1.02"),
  ];
  const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
  console.log(formatTable(["what", right("by the clock"), right("of processor time")], facts));
}

const folder = mkdtempSync(join(tmpdir(), "ballast-observe-cost-"));
try {
  main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
