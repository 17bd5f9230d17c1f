/** A body that nobody has any more: which, how many entries named it, and how that was found. */
export interface Repair {
  /** Hex. */
  readonly output: string;
  readonly entries: number;
  readonly reason: string;
}
