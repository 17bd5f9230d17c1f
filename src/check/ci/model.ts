/**
 * Pipelines of every platform as rules see them: who runs which go command in which environment, and which cache each
 * job restores and saves. A rule reads this model, never YAML or Groovy.
 *
 * Texts are resolved as far as the tree tells. What only a run knows stays in them as it was written
 * (`${{ github.sha }}`, `$CI_COMMIT_REF_SLUG`), so two equal texts mean the same thing in one run.
 */

import type { Partial } from "../finding.ts";
import type { GoModule } from "../go-module.ts";

/** A piece of a file, as offsets into its text. */
export interface CiPlace {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

export interface CiText {
  readonly text: string;
  readonly place: CiPlace;
}

export type CiPlatform = "github" | "gitlab" | "jenkins";

/**
 * Whose code a run may hold, and where it may write.
 * - `trusted`: only people with write access start it, on their own refs.
 * - `isolated`: a stranger's change, whose caches nobody else reads (pull_request from a fork).
 * - `exposed`: anybody can start it, and it runs with the rights and the cache of the target branch.
 */
export type Trust = "trusted" | "isolated" | "exposed";

export interface Trigger {
  readonly name: string;
  readonly trust: Trust;
  readonly place: CiPlace;
}

export interface EnvValue {
  readonly text: string;
  /** Where it is set; absent for what the platform or an image sets. */
  readonly place?: CiPlace;
  readonly level: "platform" | "pipeline" | "job" | "step" | "script";
}

export type Environment = ReadonlyMap<string, EnvValue>;

/** What of a compile action's key differs from job to job: `-race`, `GOOS`, `-trimpath`, … with its value. */
export type BuildVariant = ReadonlyMap<string, string>;

export interface GoUse {
  /** The program: `go`, or one that runs go (`gotestsum`, `golangci-lint`, `goreleaser`, …). */
  readonly program: string;
  /** `build`, `test`, `mod download`, …; empty for the other programs. */
  readonly verb: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly args: readonly string[];
  /** Whether it compiles packages, and so reads and fills GOCACHE. */
  readonly isCompiling: boolean;
  readonly variant: BuildVariant;
}

export interface CiCommand {
  readonly words: readonly CiText[];
  readonly redirects: readonly { readonly operator: string; readonly target: string }[];
  readonly place: CiPlace;
  /** Its place in the job's order, comparable with the moments of a cache. */
  readonly at: number;
  readonly env: Environment;
  readonly folder: string | undefined;
  readonly isConditional: boolean;
  readonly isSubstitution: boolean;
  readonly go?: GoUse;
  /** The go folders in force. */
  readonly folders: GoFolders;
}

export interface GoFolders {
  readonly build: string | undefined;
  readonly modules: string | undefined;
}

export interface CachePath {
  readonly text: string;
  readonly place: CiPlace;
  /** Absolute, with `~` and variables resolved; undefined when that is not known. */
  readonly folder: string | undefined;
}

export interface CacheUse {
  /** `actions/cache`, `setup-go`, `gitlab`, … : what stores it. */
  readonly mechanism: string;
  readonly place: CiPlace;
  readonly key: CiText;
  /** Prefixes or keys that are tried when the key is not found. */
  readonly fallbacks: readonly CiText[];
  readonly paths: readonly CachePath[];
  /** Go folders that it holds. */
  readonly holds: { readonly build: boolean; readonly modules: boolean };
  /** What else must be equal for a hit: GitHub stores the list of paths with the key. */
  readonly version: string;
  readonly restores: boolean;
  /** `when-missed`: a key that was found is never written again. */
  readonly saves: "never" | "when-missed" | "always";
  readonly restoredAt: number;
  readonly savedAt: number;
  /** GitLab's `unprotect: true`. */
  readonly isUnprotected: boolean;
  /** Where inputs are written, by name, for fixes and messages. */
  readonly inputs: ReadonlyMap<string, CiText>;
}

/** A step that installs Go. */
export interface GoSetup {
  readonly place: CiPlace;
  readonly at: number;
  readonly major: number | undefined;
  readonly version: CiText | undefined;
  readonly versionFile: CiText | undefined;
  readonly cache: CacheUse | undefined;
  readonly inputs: ReadonlyMap<string, CiText>;
}

/** A step that is no script: an action, a plugin's step. */
export interface ActionUse {
  readonly name: string;
  readonly reference: string;
  readonly place: CiPlace;
  readonly at: number;
  readonly condition: string | undefined;
  readonly inputs: ReadonlyMap<string, CiText>;
}

export interface Job {
  readonly platform: CiPlatform;
  readonly path: string;
  readonly pipeline: string;
  readonly id: string;
  /** The id with the values of its matrix. */
  readonly label: string;
  readonly place: CiPlace;
  /** Jobs of a lower stage end before those of a higher one begin; undefined where only `needs` orders them. */
  readonly stage: number | undefined;
  readonly needs: readonly string[];
  readonly triggers: readonly Trigger[];
  readonly condition: string | undefined;
  readonly matrix: Readonly<Record<string, string>>;
  /** Every scalar of the matrix, with the name of its axis. */
  readonly matrixTexts: readonly { readonly name: string; readonly value: CiText }[];
  readonly os: "linux" | "macos" | "windows" | undefined;
  readonly runner: string;
  /** Whether each job gets an empty machine. */
  readonly isFresh: boolean;
  readonly image: CiText | undefined;
  readonly home: string | undefined;
  readonly workspace: string;
  readonly env: Environment;
  readonly setups: readonly GoSetup[];
  readonly actions: readonly ActionUse[];
  readonly commands: readonly CiCommand[];
  readonly caches: readonly CacheUse[];
  /** Checks out what a stranger proposed, although it runs with the base branch's rights. */
  readonly checksOutChange: CiPlace | undefined;
  /** Runs things that this model does not look into (make, scripts, unknown actions), which may run go. */
  readonly isOpaque: boolean;
  /** Secrets that the platform puts into a script's text before the shell sees it: Groovy's, by their names. */
  readonly interpolatedSecrets?: readonly CiText[];
}

export interface Pipeline {
  readonly platform: CiPlatform;
  readonly path: string;
  readonly triggers: readonly Trigger[];
  readonly jobs: readonly Job[];
  /** Environment that holds for all of its jobs, with places. */
  readonly env: Environment;
}

export interface CiModel {
  readonly pipelines: readonly Pipeline[];
  readonly partial: readonly Partial[];
  /** Files that concern Go and were read. */
  readonly checked: readonly string[];
  /** go.mod files of the tree by folder. */
  readonly modules: ReadonlyMap<string, GoModule>;
  /** The text of a file that the model was made from. */
  readonly textOf: (path: string) => string;
  /** Paths of the tree; for questions like "is there a testdata folder". */
  readonly paths: readonly string[];
}
