/** An interval with the confidence that it was made for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}
