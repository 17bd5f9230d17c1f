/** A bench that cannot go on, or whose result is not what was to be measured. The message is for the person at it. */
export class BenchFailure extends Error {
  override readonly name = "BenchFailure";
}

/** Throws unless `isTrue`: a figure whose run did the wrong thing must not be printed. */
export function verify(isTrue: boolean, message: string): asserts isTrue {
  if (!isTrue) throw new BenchFailure(message);
}
