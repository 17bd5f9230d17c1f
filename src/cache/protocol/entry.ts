/**
 * What the cache holds: an action id mapped to an output.
 *
 * An action id and an output id are the 32 bytes that Go uses (`cmd/go/internal/cache`); an output id is the
 * SHA-256 of the body.
 */

/** How a body's bytes are encoded where they travel or lie. */
export const codec = {
  identity: 0,
  zstd: 1,
  /** The entry is told without its body; ask for the output by its id. */
  absent: 255,
} as const;

export type Codec = (typeof codec)[keyof typeof codec];

/**
 * Which of the two partitions of a request an entry belongs to. Go's key leaves out the compiler's own bytes and,
 * for cgo, the machine's headers and libraries: everything is kept apart by toolchain, cgo also by image.
 */
export const partition = { toolchain: 0, image: 1 } as const;

export type Partition = (typeof partition)[keyof typeof partition];

/** An entry without its body. */
export interface EntryHead {
  /** 32 bytes. */
  readonly action: Uint8Array;
  /** 32 bytes: SHA-256 of the body. */
  readonly output: Uint8Array;
  /** Size of the body before any encoding. */
  readonly sizeBytes: number;
  /** When Go first put it, nanoseconds since 1970. Go's test cache compares it with `go clean -testcache`. */
  readonly timeNs: bigint;
  /** How long the producer took from the miss to the put, in milliseconds; 0 when not known. */
  readonly costMs: number;
  /** A code of `bodyKind` in `src/go/body-kind.ts`. */
  readonly kind: number;
  readonly partition: Partition;
}

/** An entry as it travels: `body` holds `codec`-encoded bytes and is empty when the codec is `absent`. */
export interface WireEntry extends EntryHead {
  readonly codec: Codec;
  readonly body: Uint8Array;
}

/** Whose request it is: what it may read and write, and what its entries were made with. */
export interface RequestContext {
  /** The scope that is written, and read first after the ancestors: `main`, `pr/123`. */
  readonly scope: string;
  /** Further scopes that are read, most trusted first. */
  readonly ancestors: readonly string[];
  /** Content hash of the toolchain, 64 hex digits. */
  readonly toolchain: string;
  /** Fingerprint of the image, for what was built with cgo; 64 hex digits. */
  readonly image: string;
  /** Who writes: repository, ref, commit, run, actor, Go version…; plain strings, all optional. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** The headers that carry a `RequestContext`, all lower case. */
export const contextHeader = {
  scope: "ballast-scope",
  ancestors: "ballast-ancestors",
  toolchain: "ballast-toolchain",
  image: "ballast-image",
  /** Base64url of a JSON object of strings. */
  provenance: "ballast-provenance",
} as const;

/** The headers of one entry where it travels alone (`GET` and `PUT /v1/actions/ID`), all lower case. */
export const entryHeader = {
  output: "ballast-output",
  sizeBytes: "ballast-size",
  timeNs: "ballast-time-ns",
  costMs: "ballast-cost-ms",
  kind: "ballast-kind",
  partition: "ballast-partition",
} as const;
