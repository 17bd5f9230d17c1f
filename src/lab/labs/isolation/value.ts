/** What one run of the lab gives: some jobs that build at the same time, and what one can do to another. */

export interface IsolationValue {
  readonly jobs: number;
  /** What go said in jobs that failed, each cut. */
  readonly failures: readonly string[];
  /** Digests of the program that all jobs build from equal source. */
  readonly digests: readonly string[];
  /** Whether the last job got what only the first had compiled; absent where jobs failed. */
  readonly served: boolean | undefined;
  /** Whether bytes of the first job's package lie in the cache that the others use. */
  readonly found: boolean | undefined;
  /** Whether a program linked what somebody had put into the usual cache folder; absent where that was not tried. */
  readonly tampered: boolean | undefined;
  /** From the start of the first job to the end of the last. */
  readonly wallMs: number;
  /** What the jobs left on the disk; absent where it cannot be seen. */
  readonly addedBytes: number | undefined;
}
