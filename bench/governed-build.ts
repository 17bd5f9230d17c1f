/**
 * What governing costs: a warm `go build` by `ballast go` without a policy, with one of several rules, and with that and
 * a ledger; in turns, the order reversed each round. `node_modules/.bin/bun bench/governed-build.ts [ROUNDS]`, alone on
 * the machine; the program is `examples/notes`. The bar: a policy adds at most 30 ms.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatTable } from "../src/core/table.ts";
import { median } from "../src/stats/order.ts";

const root = resolve(import.meta.dir, "..");
const rounds = Number(process.argv[2] ?? 20);

/** The second rule applies to the build; what it sets is no part of Go's keys. */
const policy = `build:
  policies: [race-preemption]
  rules:
    - { name: release, when: { release: true }, set: { cache: off, trimpath: true }, enforce: true }
    - { name: builds, why: room for the tests beside, when: { command: build }, set: { gomaxprocs: 2 } }
    - { name: strangers, when: { change: true, not: { platform: none } }, set: { cache: read-only } }
    - { name: races, when: { race: true }, set: { count: 1 } }
`;

interface Arm {
  readonly name: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly times: number[];
}

function executable(): string {
  const made = Bun.spawnSync({ cmd: ["sh", join(root, "scripts/make-executable.sh")], stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

/** Each in a checkout and a cache of its own: what one leaves behind is not there for another. */
function armsIn(home: string): readonly Arm[] {
  const ballast = process.env["BALLAST_TEST_EXECUTABLE"] ?? executable();
  const arm = (name: string, start: readonly string[], settings: string, ledger: boolean): Arm => {
    const place = join(home, name.replaceAll(/\W+/g, "-"));
    const folder = join(place, "notes");
    cpSync(join(root, "examples/notes"), folder, { recursive: true });
    if (settings !== "") writeFileSync(join(folder, "ballast.yaml"), settings);
    mkdirSync(join(place, "home"), { recursive: true });
    const own = { PATH: process.env["PATH"] ?? "", HOME: join(place, "home"), TMPDIR: home, GOENV: "off" };
    const kept = ledger ? { BALLAST_LEDGER_FILE: join(place, "ledger.sqlite") } : {};
    return {
      name,
      command: [...start, "build", "-o", join(place, "program"), "."],
      folder,
      env: { ...own, ...kept },
      times: [],
    };
  };
  return [
    arm("go alone", ["go"], "", false),
    arm("ballast go", [ballast, "go"], "", false),
    arm("with a policy", [ballast, "go"], policy, false),
    arm("with a policy and a ledger", [ballast, "go"], policy, true),
  ];
}

function buildMs({ command, folder, env }: Arm): number {
  const startedMs = performance.now();
  const built = Bun.spawnSync({
    cmd: [...command],
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const tookMs = performance.now() - startedMs;
  if (built.exitCode !== 0) throw new Error(`${command.join(" ")}: ${built.stderr.toString()}`);
  return tookMs;
}

/** Beside `ballast go` of the same round: the median of the differences, the smallest and the largest. */
function row({ name, times }: Arm, beside: readonly number[]): string[] {
  const more = times.map((time, round) => time - (beside[round] ?? Number.NaN));
  const [middle, least, most] = [median(more), Math.min(...more), Math.max(...more)];
  return [name, median(times).toFixed(0), middle.toFixed(1), `${least.toFixed(0)} to ${most.toFixed(0)}`];
}

const home = mkdtempSync(join(tmpdir(), "ballast-governed-"));
try {
  const arms = armsIn(home);
  const [first = "", ...others] = arms.map(({ env }) => join(env["HOME"] ?? "", ".cache/go-build"));
  for (const [number, arm] of arms.entries()) {
    // Go's own packages are compiled once.
    if (number > 0) cpSync(first, others[number - 1] ?? "", { recursive: true, preserveTimestamps: true });
    // What the next build finds changed, the records of the one before, has settled after four.
    for (let warm = 0; warm < 4; warm++) buildMs(arm);
  }
  for (let round = 0; round < rounds; round++) {
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) arm.times.push(buildMs(arm));
  }
  const beside = arms[1]?.times ?? [];
  const columns = ["ARM", "MEDIAN MS", "MORE THAN BALLAST GO", "FROM - TO"];
  console.log(
    formatTable(
      columns,
      arms.map((arm) => row(arm, beside)),
    ).trimEnd(),
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
