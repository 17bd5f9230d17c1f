/** The one shape of a command. Each file in `commands/` exports one, named `command`. */

import type { FlagSpecs, FlagValues } from "../core/flags.ts";

/** Everything a command may touch of the outside world, handed in so that tests can hand in their own. */
export interface CommandContext {
  readonly stdout: { write(text: string): void; readonly isTTY: boolean; readonly columns: number };
  readonly stderr: { write(text: string): void; readonly isTTY: boolean; readonly columns: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by SIGINT and SIGTERM; a second signal ends the process at once. */
  readonly signal: AbortSignal;
}

export interface Command<Specs extends FlagSpecs = FlagSpecs> {
  /** The words that select it: `["cache", "stats"]`. */
  readonly path: readonly string[];
  /** One line for the list of commands; no full stop. */
  readonly summary: string;
  /** Further paragraphs for `--help` and the command reference. */
  readonly details?: string;
  /** How positional arguments are shown, for instance `ARGS…`; absent when there are none. */
  readonly positionals?: string;
  /** Examples, each a whole command line with a remark. */
  readonly examples?: readonly { readonly line: string; readonly remark: string }[];
  readonly flags: Specs;
  /** Everything after the first positional is handed over untouched (`ballast go ARGS…`). */
  readonly passThrough?: boolean;
  /**
   * The command deals with SIGINT and SIGTERM itself (the helper ignores SIGINT, `ballast go` passes signals on):
   * nothing is installed for it and `context.signal` is never aborted.
   */
  readonly ownSignals?: boolean;
  /** Returns the process's exit status. Throws `BallastError` for failures of the table. */
  run(context: CommandContext, flags: FlagValues<Specs>, positionals: readonly string[]): Promise<number>;
}

/** Declares a command; the identity, so that `run` knows the types of its flags. */
export function defineCommand<const Specs extends FlagSpecs>(command: Command<Specs>): Command<Specs> {
  return command;
}
