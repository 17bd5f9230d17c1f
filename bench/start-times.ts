/**
 * How long a start takes: the executable, the launcher before it, a refused flag, and `true` as the floor. The programs
 * take turns, so that what else the machine does meets them alike.
 *
 * `node_modules/.bin/bun bench/start-times.ts [ROUNDS]` prints the median and the tenth of the fastest, in milliseconds.
 */

import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");

function makeExecutable(): string {
  const made = Bun.spawnSync({ cmd: ["sh", join(root, "scripts/make-executable.sh")], stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

function measureMs(command: readonly string[]): number {
  const startedMs = performance.now();
  Bun.spawnSync({ cmd: [...command], stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  return performance.now() - startedMs;
}

function quantile(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1);
}

const rounds = Number.parseInt(process.argv[2] ?? "100", 10);
const executable = makeExecutable();
const launcher = join(root, "ballast");
const commands: readonly (readonly string[])[] = [
  ["true"],
  [executable, "--version"],
  [launcher, "--version"],
  [executable, "--help"],
  [executable, "--no-such-flag"],
  [executable, "cache", "stats", "--no-such-flag"],
];
const times = commands.map((): number[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, command] of commands.entries()) times[index]?.push(measureMs(command));
}
for (const [index, command] of commands.entries()) {
  const sorted = (times[index] ?? []).toSorted((one, other) => one - other);
  const line = command.join(" ").replace(`${root}/`, "");
  console.log(
    `${line.padEnd(50)} median ${quantile(sorted, 0.5).padStart(5)} ms, p10 ${quantile(sorted, 0.1).padStart(5)} ms`,
  );
}
