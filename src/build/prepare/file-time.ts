/**
 * The times that `ballast prepare` gives to files.
 *
 * Go takes a file for unchanged when its name, size, mode and time are the same, so two contents must never share a
 * time. A content's time is therefore made of its SHA-256: 29 bits of seconds and a microsecond out of a million. Two
 * different contents of one size share a time with a chance of 1 in 5 × 10^14, and of 1 in 5 × 10^8 where a file
 * system keeps whole seconds only. A commit's time alone would not do: a rebase writes many commits in one second.
 * The microseconds are therefore taken from the content there as well.
 */

/** A time since 1970 as files carry it. */
export interface FileTime {
  readonly seconds: number;
  /** 0 to 999,999. */
  readonly micros: number;
}

/** 1990-01-01. Later than what zip archives can hold at the least, and far from now: never "too new" for Go. */
const contentStartSeconds = 631_152_000;
/** 17 years: content times end in the year 2007, which no file of a living project's own is from. */
const contentSpanSeconds = 2 ** 29;
const microsPerSecond = 1_000_000;

/** The time that stands for a content. `hash` is its SHA-256 in hex. */
export function contentTime(hash: string): FileTime {
  const seconds = Number.parseInt(hash.slice(0, 8), 16) % contentSpanSeconds;
  return { seconds: contentStartSeconds + seconds, micros: contentMicros(hash) };
}

/** A commit's time, told from other contents that were committed in the same second. */
export function commitTime(commitSeconds: number, hash: string): FileTime {
  return { seconds: commitSeconds, micros: contentMicros(hash) };
}

/** 52 bits of the hash, of which the remainder is even to 1 in 10^9. */
function contentMicros(hash: string): number {
  return Number.parseInt(hash.slice(8, 21), 16) % microsPerSecond;
}

/** As `utimes` takes it: a double holds microseconds until the year 2242. */
export function toUtime({ seconds, micros }: FileTime): number {
  return seconds + micros / microsPerSecond;
}
