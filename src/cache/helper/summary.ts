/** Where the actions of a run that needed nobody are written, 32 bytes each, beside its summary. */
export function usedPath(summaryFile: string): string {
  return `${summaryFile}.used`;
}

/** What one helper did, as it tells `ballast go`: one JSON line in the summary file. */
export interface RunSummary {
  readonly gets: number;
  readonly localHits: number;
  readonly remoteHits: number;
  readonly misses: number;
  readonly puts: number;
  /** Bytes on the wire. */
  readonly bytesDown: number;
  readonly bytesUp: number;
  readonly uploaded: number;
  /** Entries that the server did not take. */
  readonly dropped: number;
  /** Entries that are sent after the run, since there was no time in it. */
  readonly handedOver: number;
  /** Bodies that were refused because they were not what their id says. */
  readonly corrupt: number;
  /** Sum over remote hits of what their producers took to make them. */
  readonly savedMs: number;
  /** Time in which Go waited for the server, beyond what arriving bytes paid for. */
  readonly waitedMs: number;
  /** 1 where the server said that this job does not gain, and the run did without it. */
  readonly steppedAside: number;
  /** 1 where the server failed, refused or took too long, and the run went on without it. */
  readonly lostServer: number;
  readonly wallMs: number;
}
