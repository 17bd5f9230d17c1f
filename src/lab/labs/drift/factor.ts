/** What can be varied about a build. */

/** How one level of a factor changes a build; several are laid on top of each other. */
export interface BuildChange {
  /** For `go build`, before the package. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In which of the two copies it is built. */
  readonly place?: "a" | "b";
  /** Which of two commits of the same tree is checked out. */
  readonly commit?: "1" | "2";
  /** An untracked file lies in the repository. */
  readonly isDirty?: boolean;
  /** A GOCACHE of its own, empty at first. */
  readonly hasFreshCache?: boolean;
}

export interface VariedFactor {
  readonly name: string;
  readonly doc: string;
  /** The plain level first: what a build has by default. */
  readonly levels: readonly [plain: string, other: string];
  /** The level in the second baseline, where it is not the plain one. */
  readonly hardened?: string;
  /** Not in Go's key: over a cache that holds the packages already, only the link step can show it. */
  readonly isHiddenByCache?: boolean;
  /** The other level compiles the standard library anew. */
  readonly isCostly?: boolean;
}

/** A factor, and what its levels do to a build of that kind. */
export interface FactorOf<Change> extends VariedFactor {
  change(level: string): Change;
}

export type BuildFactor = FactorOf<BuildChange>;

/** What is known of the machine when factors are chosen. */
export interface FactorGround {
  readonly goEnv: Readonly<Record<string, string>>;
  /** The path of the C compiler; `undefined` where there is none. */
  readonly compiler: string | undefined;
  readonly hasGit: boolean;
  /** `[1, 26]` */
  readonly version: readonly [major: number, minor: number];
}
