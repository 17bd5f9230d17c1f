/**
 * `npm run soak [-- PATTERN [TEST]]`: loads that take too long for `npm test`, and their figures. Each file of
 * `test/soak` runs alone, with the compiled executable; TEST chooses its tests by a part of their names.
 */

import { resolve } from "node:path";
import { installComponents } from "./component-install.ts";
import { findTestFiles, readDeclaredComponents, soak } from "./test-suites.ts";

const root = resolve(import.meta.dir, "..");

function makeExecutable(): string {
  const made = Bun.spawnSync({ cmd: ["sh", "scripts/make-executable.sh"], cwd: root, stderr: "inherit" });
  if (made.exitCode !== 0) throw new Error("the executable could not be built; what is wrong is said above");
  return made.stdout.toString().trim();
}

async function main(args: readonly string[]): Promise<number> {
  const [pattern = "", name, ...rest] = args;
  if (rest.length > 0) {
    console.error("npm run soak [-- PATTERN [TEST]]: PATTERN is a part of a file's path, TEST of a test's name");
    return 2;
  }
  const files = findTestFiles(root, soak, pattern);
  if (files.length === 0) {
    console.error(`soak: no file of test/soak has ${pattern} in its path`);
    return 2;
  }
  const declared = readDeclaredComponents(root);
  const components = await installComponents([...new Set(files.flatMap((file) => declared[file] ?? []))]);
  const found = { BALLAST_TEST_COMPONENTS: JSON.stringify(components) };
  const env = { ...process.env, ...found, BALLAST_TEST_EXECUTABLE: makeExecutable() };
  let failed = 0;
  for (const file of files) {
    const cmd = [
      process.execPath,
      "test",
      "--no-orphans",
      `--timeout=${soak.testTimeoutMs}`,
      ...(name === undefined ? [] : ["-t", name]),
      `./${file}`,
    ];
    const output = { stdin: "ignore", stdout: "inherit", stderr: "inherit" } as const;
    const { exitCode } = Bun.spawnSync({ cmd, cwd: root, env, ...output, timeout: soak.suiteTimeoutMs });
    if (exitCode !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
