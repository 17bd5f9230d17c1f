/** What a shell script is made of, as far as rules ask: simple commands with their words, settings and redirections. */

/** Offsets are UTF-16 units of the text that was split, plus the base that the caller gave. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ShellWord extends Span {
  /** Without quotes and escapes; expansions stay as they are written: `$HOME/.cache`, `$(date)`. */
  readonly text: string;
  /** Exactly as it is written. */
  readonly raw: string;
  /** Whether the shell expands something in it; single quotes prevent that. */
  readonly isExpanded: boolean;
}

/** `NAME=value` before a command, or alone. */
export interface ShellAssignment extends Span {
  readonly name: string;
  readonly value: string;
  readonly isExpanded: boolean;
}

export interface Redirection extends Span {
  /** `>`, `>>`, `<`, `<<` and so on, without a file descriptor. */
  readonly operator: string;
  /** The file, or the here-document's text. */
  readonly target: string;
}

export interface ShellCommand extends Span {
  readonly assignments: readonly ShellAssignment[];
  readonly words: readonly ShellWord[];
  readonly redirections: readonly Redirection[];
  /** What stands before it: `&&`, `||`, `|`, `;`, a line end, or nothing. */
  readonly before: string;
  /** What stands after it, where that is an operator. */
  readonly after: string;
  /** 0 on the level of the script, 1 and more inside `$(…)` and backquotes. */
  readonly depth: number;
  /** Runs only in some cases: in an `if`, a loop or a function, after `||`, or after a `&&` that follows one. */
  readonly isConditional: boolean;
}

export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  /** Why the script was not understood to its end. */
  readonly problem?: string;
}
