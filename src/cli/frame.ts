/** Everything of the command line but the helper's start: global flags, and which command is meant. */

import { isFlagWord } from "../core/flags.ts";
import { didYouMean } from "../core/suggestion.ts";
import { coreErrors } from "../core/core-errors.ts";
import { commandsUnder, findCommand } from "./command-index.ts";
import { cliErrors } from "./errors.ts";
import { commandIndex } from "./generated/commands.ts";
import { createProcessContext } from "./process-context.ts";
import { isJsonAsked, reportFailure, runCommand } from "./run-command.ts";
import { ballastVersion } from "./version.ts";

/** Does what `argv` (without the program's own name) asks for and returns the exit status. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    const [first] = argv;
    if (first === undefined || isFlagWord(first)) return await runGlobalFlag(argv);
    if (isGroupHelp(argv)) return await showGroup(first);
    const { entry, rest } = findCommand(commandIndex, argv);
    return await runCommand(entry, rest, () => entry.load());
  } catch (cause) {
    return reportFailure(cause, isJsonAsked({}, argv));
  }
}

/** `ballast cache --help`. */
function isGroupHelp([first = "", second, ...more]: readonly string[]): boolean {
  const isAsked = (second === "--help" || second === "-h") && more.length === 0;
  return (
    isAsked &&
    commandsUnder(commandIndex, [first]).length > 0 &&
    !commandIndex.some(({ path }) => path.join(" ") === first)
  );
}

async function showGroup(name: string): Promise<number> {
  const { groupHelp } = await import("./help-text.ts");
  const { stdout } = createProcessContext(true);
  stdout.write(groupHelp(commandsUnder(commandIndex, [name]), stdout.columns));
  return 0;
}

async function runGlobalFlag([flag, ...rest]: readonly string[]): Promise<number> {
  const { stdout, stderr } = createProcessContext(true);
  const isVersion = flag === "--version" || flag === "-V";
  const isHelp = flag === "--help" || flag === "-h";
  if (flag !== undefined && !isVersion && !isHelp) throw unknownGlobalFlag(flag);
  const [extra] = rest;
  if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", `${JSON.stringify(extra)} after ${flag}`);
  if (isVersion) {
    stdout.write(`ballast ${ballastVersion}\n`);
    return 0;
  }
  const { programHelp } = await import("./help-text.ts");
  if (isHelp) stdout.write(programHelp(commandIndex, stdout.columns));
  else stderr.write(programHelp(commandIndex, stderr.columns));
  return isHelp ? 0 : 2;
}

function unknownGlobalFlag(flag: string): Error {
  const hint = didYouMean(flag, ["--version", "--help"]);
  return coreErrors.error(
    "core/flag-unknown",
    `${flag} before a command${hint}; a command's flags come after its name`,
  );
}
