/**
 * The entry of the executable. Go waits for `ballast cacheprog` at the start of each go command, so that one is told
 * from the others before anything else is loaded, and announced before its own code is: Go goes on meanwhile.
 */

import { writeSync } from "node:fs";
import { announcement } from "../go/cacheprog/answers.ts";

/**
 * How much later than usual the engine compiles. Most helpers answer 250 lookups in 50 ms and are gone: among sixty at
 * once, compiling took 16 ms of each one's 75 ms of processor time. One that lives longer sets it back.
 */
const shortLivedPolicy = 20;

const argv = process.argv.slice(2);
process.exit(argv[0] === "cacheprog" ? await runHelper(argv.slice(1)) : await runOther());

async function runHelper(words: readonly string[]): Promise<number> {
  const isForPeople = words.includes("--help") || words.includes("-h");
  if (!isForPeople) writeSync(1, announcement);
  Bun.unsafe.setJITPolicy(shortLivedPolicy);
  const [helper, { runCommand }] = await Promise.all([import("./commands/cacheprog.ts"), import("./run-command.ts")]);
  return runCommand(helper.command, words, () => Promise.resolve(helper));
}

async function runOther(): Promise<number> {
  const { runCommandLine } = await import("./frame.ts");
  return runCommandLine(argv);
}
