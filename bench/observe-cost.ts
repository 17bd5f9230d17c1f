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
const [pairs = 10, seconds = 30] = process.argv.slice(2).map(Number);

function secondsOf(argv: readonly string[]): number {
  const startedMs = performance.now();
  const run = Bun.spawnSync([...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  if (run.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${run.exitCode}\n${run.stderr.toString()}`);
  return (performance.now() - startedMs) / 1000;
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
  const rounds = String(Math.round((trialRounds * seconds) / secondsOf([program, String(trialRounds)])));
  const plain = [program, rounds];
  const observed = [executable, "observe", "--", ...plain];
  const rows: { plain: number; observed: number }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = secondsOf(plain);
    const middle = secondsOf(observed) + secondsOf(observed);
    rows.push({ plain: first + secondsOf(plain), observed: middle });
    const { plain: a, observed: b } = rows.at(-1) ?? { plain: 1, observed: 1 };
    console.error(`pair ${pair + 1} of ${pairs}: ${a.toFixed(2)} s, ${b.toFixed(2)} s, ${(b / a).toFixed(4)}`);
  }
  const ratios = rows.map(({ plain: a, observed: b }) => b / a);
  const bound = upperBound(ratios);
  const facts = [
    ["processors", String(availableParallelism())],
    ["load at the end", (loadavg()[0] ?? 0).toFixed(2)],
    ["pairs of ABBA", String(pairs)],
    ["median ratio", median(ratios).toFixed(4)],
    ["from – to", `${Math.min(...ratios).toFixed(4)} – ${Math.max(...ratios).toFixed(4)}`],
    ["upper 95 % bound of the median", bound === undefined ? "too few pairs" : bound.toFixed(4)],
    ["bar", "below 1.02"],
  ];
  console.log(formatTable(["what", { title: "value", align: "right" }], facts));
}

const folder = mkdtempSync(join(tmpdir(), "ballast-observe-cost-"));
try {
  main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
