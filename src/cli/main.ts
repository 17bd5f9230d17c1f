/**
 * The entry of the executable. Go waits for `ballast cacheprog` at the start of each go command, so that one is told
 * from the others before anything else is loaded, and nothing is imported here statically.
 */

export {};

const argv = process.argv.slice(2);
process.exit(argv[0] === "cacheprog" ? await runHelper(argv.slice(1)) : await runOther());

async function runHelper(words: readonly string[]): Promise<number> {
  const [helper, { runCommand }] = await Promise.all([import("./commands/cacheprog.ts"), import("./run-command.ts")]);
  return runCommand(helper.command, words, () => Promise.resolve(helper));
}

async function runOther(): Promise<number> {
  const { runCommandLine } = await import("./frame.ts");
  return runCommandLine(argv);
}
