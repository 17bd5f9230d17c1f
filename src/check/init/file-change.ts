/** One file as it is and as it is to be. */

export interface FileChange {
  /** Below the root. */
  readonly path: string;
  /** `undefined` for a new file. */
  readonly before: string | undefined;
  readonly after: string;
  /** One sentence: why. */
  readonly reasons: readonly string[];
}
