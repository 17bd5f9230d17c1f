/**
 * Which entries of a server are meant, to be listed or removed; what is absent does not restrict. On the wire the kind
 * is a name, in the index a number.
 */
export interface EntryFilter<Kind = string> {
  readonly kind?: Kind;
  readonly scope?: string;
  /** Hex. */
  readonly action?: string;
  /** Hex. */
  readonly output?: string;
  /** Fields of the provenance that must be equal. */
  readonly provenance?: Readonly<Record<string, string>>;
  /** Taken by a node at this time or later, milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Not used since, milliseconds since 1970. */
  readonly unusedSinceMs?: number;
}
