/** Running one command: its flags, its context, and what becomes of its failure. */

import { isFlagWord, parseFlags } from "../core/flags.ts";
import type { Command, CommandContext } from "./command.ts";
import { withCommonFlags } from "./help-flag.ts";
import { Interrupted, OutputClosed, createProcessContext } from "./process-context.ts";

type CommandShape = Pick<Command, "path" | "summary" | "positionals" | "passThrough" | "flags">;

/**
 * Parses `argv` by `shape`, loads the command only if that went well, runs it and returns the exit status.
 * Failures are written to stderr; this function throws nothing.
 */
export async function runCommand(
  shape: CommandShape,
  argv: readonly string[],
  load: () => Promise<{ readonly command: Command }>,
): Promise<number> {
  try {
    const flags = withCommonFlags(shape.flags);
    const { values, positionals } = parseFlags(flags, argv, { passThrough: shape.passThrough === true });
    const { command } = await load();
    if (values["help"] === true) return await showHelp(command);
    if (shape.positionals === undefined && positionals.length > 0) await refusePositional(shape, positionals[0] ?? "");
    const context = createProcessContext(command.ownSignals === true);
    return await runIn(context, () => command.run(context, values, positionals));
  } catch (cause) {
    return reportFailure(cause, isJsonAsked(shape, argv));
  }
}

/** Whether `--json` is among the words that belong to the command itself; asked also when they could not be parsed. */
export function isJsonAsked(shape: Pick<CommandShape, "passThrough">, argv: readonly string[]): boolean {
  for (const word of argv) {
    if (word === "--json") return true;
    if (word === "--" || (shape.passThrough === true && !isFlagWord(word))) return false;
  }
  return false;
}

/** Writes a failure to stderr, as lines or as one JSON object, and returns the exit status that belongs to it. */
export async function reportFailure(cause: unknown, asJson: boolean): Promise<number> {
  if (cause instanceof OutputClosed) return 0;
  const { describeFailure, failureJson, failureText } = await import("./error-output.ts");
  const failure = describeFailure(cause);
  createProcessContext(true).stderr.write(asJson ? failureJson(failure) : failureText(failure));
  return failure.exit;
}

/** A command that was stopped by a signal ends with the status of that signal and says nothing more. */
async function runIn(context: CommandContext, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    const reason: unknown = context.signal.reason;
    const isOurs = reason instanceof Interrupted && isCausedBy(cause, reason);
    if (isOurs) return reason.status;
    throw cause;
  }
}

function isCausedBy(failure: unknown, reason: Error): boolean {
  for (let cause = failure; cause instanceof Error; cause = cause.cause) {
    if (cause === reason || cause.name === "AbortError") return true;
  }
  return false;
}

async function showHelp(command: Command): Promise<number> {
  const { commandHelp } = await import("./help-text.ts");
  const { stdout } = createProcessContext(true);
  stdout.write(commandHelp(command, stdout.columns));
  return 0;
}

async function refusePositional(shape: CommandShape, word: string): Promise<never> {
  const { cliErrors } = await import("./errors.ts");
  throw cliErrors.error("cli/argument-unexpected", `${JSON.stringify(word)} after ballast ${shape.path.join(" ")}`);
}
