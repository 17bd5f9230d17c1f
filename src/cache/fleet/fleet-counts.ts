/** What happened between this node and the fleet since the start, in plain numbers; `/metrics` shows them. */
export interface FleetCounts {
  /** Changes that reached the bus. */
  published: number;
  /** Changes that somebody else was first with, and that were merged. */
  conflicts: number;
  /** Values that came from the bus. */
  received: number;
  /** Values of the bus that could not be understood. */
  malformed: number;
  /** Times that the whole index was read again. */
  resynchronised: number;
  busErrors: number;
  storeErrors: number;
  uploadedBodies: number;
  uploadedBytes: number;
  fetchedBodies: number;
  fetchedBytes: number;
  /** Outputs whose body was gone from the store, or damaged there, and whose entries were removed. */
  repairs: number;
  /** Entries that this node ended because nobody used them any more. */
  ended: number;
  /** From a put on another node to its being known here, by both clocks: the last one. */
  receiveLagMs: number;
}

export function zeroFleetCounts(): FleetCounts {
  return {
    published: 0,
    conflicts: 0,
    received: 0,
    malformed: 0,
    resynchronised: 0,
    busErrors: 0,
    storeErrors: 0,
    uploadedBodies: 0,
    uploadedBytes: 0,
    fetchedBodies: 0,
    fetchedBytes: 0,
    repairs: 0,
    ended: 0,
    receiveLagMs: 0,
  };
}
