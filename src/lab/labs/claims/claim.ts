/** A claim and the experiment that judges it. */

/**
 * `true`: as claimed. `outdated`: it was so. `false`: it is not so. `depends`: on something that the evidence names.
 * `unverified`: what it takes is not here; never to be read as passed.
 */
export type ClaimVerdict = "true" | "outdated" | "false" | "depends" | "unverified";

export interface Judgement {
  readonly verdict: ClaimVerdict;
  /** What was seen, without times and paths: the same on each run. */
  readonly evidence: string;
}

export interface Claim {
  /** Unique; the chapter and some words. */
  readonly id: string;
  readonly chapter: string;
  readonly claim: string;
  judge(kit: ClaimKit): Promise<Judgement>;
}

export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface GoOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly deadlineMs?: number;
}

/** What experiments work with. Every folder is new, and GOENV is off. */
export interface ClaimKit {
  /** A new module with these files; go.mod is written. */
  module(files: Readonly<Record<string, string>>): string;
  /** A new empty folder. */
  folder(): string;
  go(args: readonly string[], options?: GoOptions): Promise<ToolResult>;
  /** Builds the program, with flags for go build, and runs it. */
  program(source: string, options?: GoOptions & { readonly flags?: readonly string[] }): Promise<ToolResult>;
  /** The text of a file of the toolchain's own source. */
  source(path: string): string;
  digest(path: string): string;
  /** Why no CPU limit can be set here; `undefined` where it can. */
  limitTrouble(): Promise<string | undefined>;
  /** Runs a program under a limit of so many CPUs, and says whether the limit ever stopped it. */
  limited(argv: readonly string[], quotaCpus: number): Promise<ToolResult & { readonly wasThrottled: boolean }>;
  /** Whether a BuildKit answers to `buildctl`. */
  hasBuildKit(): Promise<boolean>;
  buildctl(words: readonly string[]): Promise<ToolResult>;
  /** Where GOCACHE is when nothing else is said: warmed, and shared by all experiments. */
  readonly gocache: string;
  readonly home: string;
}
