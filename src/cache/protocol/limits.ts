/**
 * What either side may ask of the other. Both check: a client so that it never sends what will be refused, the
 * server because everything from the network is untrusted. `docs/reference/protocol.md` lists the same numbers.
 */
export const limits = {
  /** Largest body of one entry before compression. Go's largest archives are tens of megabytes. */
  bodySizeBytes: 1024 * 1024 * 1024,
  /** Bodies that take at most this much on the wire travel inside a frame; larger ones by a request of their own. */
  inlineSizeBytes: 4 * 1024 * 1024,
  /** Largest payload of one frame: an inline body and its header. */
  framePayloadBytes: 4 * 1024 * 1024 + 4096,
  /** Most inline body bytes in one lookup's answer; what is beyond is answered without its body. */
  lookupInlineBytes: 64 * 1024 * 1024,
  /** Most actions in one lookup. */
  lookupActions: 4096,
  /** Largest request body of one batch of puts. */
  batchSizeBytes: 64 * 1024 * 1024,
  /** Longest scope name, in bytes of UTF-8. */
  scopeLength: 200,
  /** Most scopes that one request may read besides its own. */
  ancestors: 8,
  /** Longest provenance, encoded. */
  provenanceLength: 4096,
  /** Longest name of a job. */
  jobLength: 500,
  /** The JSON in front of a run's opening or manifest. */
  runHeadBytes: 8192,
  /** Most actions in a manifest. */
  manifestActions: 50_000,
  /** Most bytes that one run's stream holds. */
  streamBytes: 2 * 1024 * 1024 * 1024,
  /** Largest set of what a runner holds already: sixteen million bits. */
  haveSetBytes: 2 * 1024 * 1024 + 16,
} as const;
