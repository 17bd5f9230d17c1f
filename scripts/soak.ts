/**
 * `npm run soak [-- PATTERN]`: loads that take too long for `npm test`, and their figures. Each file of `test/soak`
 * runs alone, with the compiled executable.
 */

import { resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const testTimeoutMs = 20 * 60_000;

function makeExecutable(): string {
  const made = Bun.spawnSync({ cmd: ["sh", "scripts/make-executable.sh"], cwd: root, stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

function main(args: readonly string[]): number {
  const [pattern = "", ...rest] = args;
  if (rest.length > 0) {
    console.error("npm run soak [-- PATTERN]: PATTERN is a part of a file's path");
    return 2;
  }
  const files = [...new Bun.Glob("test/soak/**/*.test.ts").scanSync({ cwd: root })].filter((file) =>
    file.includes(pattern),
  );
  if (files.length === 0) {
    console.error(`soak: no file of test/soak has ${pattern} in its path`);
    return 2;
  }
  const env = { ...process.env, BALLAST_TEST_EXECUTABLE: makeExecutable() };
  let failed = 0;
  for (const file of files.toSorted()) {
    const cmd = [process.execPath, "test", "--no-orphans", `--timeout=${testTimeoutMs}`, `./${file}`];
    const { exitCode } = Bun.spawnSync({ cmd, cwd: root, env, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
    if (exitCode !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

process.exit(main(process.argv.slice(2)));
