import type { RunJob } from "../protocol/run.ts";

/** What a helper's run is made of; plain data, since its threads get a copy each. */
export interface HelperOptions {
  /** The runner's GOCACHE. */
  readonly gocache: string;
  /** A further GOCACHE that is only read: what this run builds goes to `gocache`. */
  readonly readOnlyGocache?: string | undefined;
  /** GOCACHE as go has it: one of these two. */
  readonly goFolder: string;
  readonly goroot: string;
  /** Where compile, asm and link lie. */
  readonly toolFolder: string;
  readonly gomodcache: string;
  readonly scope: string;
  readonly ancestors: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  /** Without one, a local cache. */
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
  /** Whether a connection to the server may be opened before the request is known: the way there leads through no proxy. */
  readonly connectsEarly: boolean;
  readonly mode: "read-write" | "read-only";
  readonly share: readonly ("compile" | "vet" | "index" | "test")[];
  /** The image's name, where a team gave it one. */
  readonly image?: string | undefined;
  /** How much of linked programs is sent, in sum. */
  readonly programsBytes: number;
  /** Where go writes programs: a file or a folder; absent where the command is not known or leaves none. */
  readonly programPlace?: string | undefined;
  readonly waitLimitMs: number;
  /** Uploads need not be done when Go is: `ballast flush` waits for them at the job's end. */
  readonly detachesUploads: boolean;
  readonly job: RunJob;
  readonly summaryFile?: string | undefined;
}
