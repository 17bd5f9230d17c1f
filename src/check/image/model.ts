/** What rules see of Dockerfiles and of what builds them. Offsets count UTF-16 units of the file's text. */

import type { Partial, Range } from "../finding.ts";
import type { GoInvocation } from "../shell/go-invocation.ts";
import type { ShellCommand, Span } from "../shell/shell-command.ts";
import type { SourceText } from "../source-text.ts";
import type { BaseImage } from "./base-image.ts";
import type { IgnoreRules } from "./dockerignore.ts";
import type { GoModule } from "../go-module.ts";

export interface ImagePlace extends Range {
  readonly path: string;
}

/** A variable: not set, set to something that is not known here, or known. */
export type Setting =
  | { readonly state: "unset" }
  | { readonly state: "unknown" }
  | { readonly state: "known"; readonly value: string };

/** A piece of text with its place. */
export interface Piece extends Span {
  readonly text: string;
}

/** `NAME=value` of ENV, ARG or LABEL. */
export interface Pair extends Span {
  readonly name: string;
  /** As written, without quotes; absent in `ARG NAME`. */
  readonly value?: string;
  readonly valueSpan?: Span;
}

/** What is in force before a step. */
export interface StageState {
  /** ENV and ARG. A value is `undefined` when the variable is set to something that is not known. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** Names that only ARG set: RUN sees them, the image does not. */
  readonly args: ReadonlySet<string>;
  /** `root`, a name, a number, or `undefined` when nobody said. */
  readonly user: string | undefined;
  readonly workdir: string | undefined;
}

export interface Mount extends Span {
  readonly type: string;
  /** Absolute and expanded; `undefined` when it is not known. */
  readonly target: string | undefined;
  /** Where the target is written, without its name. */
  readonly targetSpan?: Span;
  /** As written; for a cache without `id` its target. */
  readonly id: string | undefined;
  readonly options: ReadonlyMap<string, string>;
}

interface StepBase extends Span {
  readonly stage: Stage;
  readonly state: StageState;
  /** Behind ONBUILD: it runs in the builds of other images. */
  readonly isTrigger: boolean;
  /** `RUN` and so on: where the word ends. */
  readonly keywordEnd: number;
}

export interface RunStep extends StepBase {
  readonly kind: "run";
  readonly mounts: readonly Mount[];
  /** Where the script begins, behind the flags. */
  readonly scriptStart: number;
  /** In order; those of substitutions and of `sh -c` included. */
  readonly commands: readonly ShellCommand[];
  readonly gos: readonly GoInvocation[];
  readonly isNetworkOff: boolean;
}

export interface CopyStep extends StepBase {
  readonly kind: "copy";
  readonly keyword: "COPY" | "ADD";
  /** A stage's name or number, or an image; absent when the files come from the context. */
  readonly from?: string;
  readonly sources: readonly Piece[];
  readonly destination: string;
}

export interface PairStep extends StepBase {
  readonly kind: "env" | "arg" | "label";
  readonly pairs: readonly Pair[];
}

export interface OtherStep extends StepBase {
  readonly kind: "other";
  readonly keyword: string;
  readonly text: string;
}

export type Step = RunStep | CopyStep | PairStep | OtherStep;

export interface Stage {
  readonly index: number;
  readonly name: string | undefined;
  readonly dockerfile: Dockerfile;
  /** The FROM line. */
  readonly from: Span;
  readonly image: BaseImage;
  /** The stage that it goes on from. */
  readonly parent: Stage | undefined;
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
  /** What is in force after the last step. */
  readonly end: StageState;
}

export interface Dockerfile {
  readonly source: SourceText;
  readonly path: string;
  /** Before the first FROM. */
  readonly globalArgs: readonly Pair[];
  readonly stages: readonly Stage[];
  /** Whether it says by a directive, a mount, a here-document or such that BuildKit builds it. */
  readonly needsBuildKit: boolean;
  /** The folder that it is built in, below the checked one; empty for that itself. */
  readonly context: string;
  readonly ignore: IgnoreRules;
  /** The module in its context. */
  readonly module: GoModule | undefined;
  readonly hasWorkspace: boolean;
  readonly hasVendor: boolean;
  place(span: Span): ImagePlace;
}

export interface CacheReference extends Span {
  readonly text: string;
  /** `gha`, `registry`, `local`, `inline`, `s3`, `azblob`. */
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
}

/** One way in which a file of the repository builds an image. */
export interface ImageBuild {
  readonly tool: "compose" | "bake" | "workflow";
  readonly source: SourceText;
  readonly name: string;
  readonly span: Span;
  /** Paths below the checked folder; `undefined` when not known. */
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
  readonly platforms: readonly string[];
  readonly args: readonly Pair[];
  readonly cacheTo: readonly CacheReference[];
  readonly cacheFrom: readonly CacheReference[];
  /** Whether a later step or setting keeps cache mounts or the builder: then nothing is lost. */
  readonly keepsMounts: boolean;
  place(span: Span): ImagePlace;
}

export interface ImageModel {
  readonly dockerfiles: readonly Dockerfile[];
  readonly builds: readonly ImageBuild[];
  readonly partial: readonly Partial[];
  /** Whether any Go file of the module in `folder` imports one of `packages`. Reads no more than it must. */
  importsAny(folder: string, packages: readonly string[]): boolean;
}
