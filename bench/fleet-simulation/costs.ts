/**
 * What a request costs, and what machines and services carry. Measured figures are processor time of the node, by
 * `npm run bench -- fleet costs`; published ones name who says so; the rest is what was assumed.
 */

/** Processor milliseconds of the thread that makes all of a node's answers. */
export const nodeCosts = {
  removalsMs: 0.054,
  /** A run opened by who holds everything, of a manifest with `openEntries`. */
  openMs: 0.58,
  openEntries: 2400,
  streamedEntryMs: 0.004,
  /** Of packed bytes. */
  streamedMegabyteMs: 0.63,
  lookupMs: 0.095,
  lookupIdMs: 0.0051,
  putMs: 0.28,
  putEntryMs: 0.054,
  /** Of unpacked bytes: they are unpacked and hashed. */
  putMegabyteMs: 4.7,
  keepRunMs: 0.54,
  /** Telling the others of an entry: a small change, less its put. */
  publishMs: 0.21,
  /** Bringing a body of 32 KiB into the shared store: a large change, less its put and that. */
  shareBodyMs: 0.39,
  /** Taking in another node's change, half of them large. */
  followMs: 0.17,
  /** A body of 32 KiB taken from the shared store. */
  fetchedBodyMs: 0.62,
} as const;

/** A node's machine and memory. */
export const nodeMachine = {
  /** All of a node's answers are made by one thread; other cores unpack, write, and belong to others. */
  threads: 1,
  /** 10 Gbit/s, each way. */
  networkBytesPerMs: 1_250_000,
  /** What an ordinary local NVMe disk writes for hours. */
  diskBytesPerMs: 500_000,
  memoryBytes: 32e9,
  emptyBytes: 90e6,
  entryBytes: 165,
  streamBytes: 2.4e6,
  restartMs: 5000,
} as const;

export const runnerMachine = {
  /** 1 Gbit/s. */
  networkBytesPerMs: 125_000,
  roundTripMs: 2,
  /** Wall time of one compiled entry: 57 s for the 2,474 of moby/buildkit on two cores. */
  compiledEntryMs: 23,
  linkMs: 2400,
} as const;

/** The helper's own limits, as they are in src/cache/helper. */
export const helperLimits = {
  silenceMs: 2000,
  waitBudgetMs: 2500,
  paceBytesPerMs: 1000,
} as const;

export const bus = {
  /** nats-server's processor time for a change that is written and told to one other node, half of them large. */
  changeMs: 0.12,
  /** One stream is written by one thread of its leader. */
  threads: 1,
  changeBytes: 1000,
} as const;

/** Amazon's figures for one partitioned prefix of S3; PREFIX/outputs/AB/ has 256, which it parts as load comes. */
export const bucket = {
  putsPerMs: 3.5,
  getsPerMs: 5.5,
  /** 100 to 200 ms to the first byte. */
  firstByteMs: 150,
  /** How long a node lets a runner wait for a body. */
  waitMaxMs: 1200,
} as const;
