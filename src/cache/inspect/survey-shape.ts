/** What `GET /v1/survey` and `GET /v1/uses` answer. Ids are hex, times milliseconds since 1970. */

/** One output of an action in one scope, and who wrote it. */
export interface Writing {
  readonly scope: string;
  readonly output: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly putMs: number;
  /** Whether lookups find it, or it is kept beside the entry that they find. */
  readonly isCurrent: boolean;
  readonly provenance: Readonly<Record<string, string>>;
  readonly trust: string;
  /** The trusted writer of the same output in another scope. */
  readonly reproducedBy?: Readonly<Record<string, string>>;
}

export interface SurveyedAction {
  readonly action: string;
  readonly partition: string;
  readonly writings: readonly Writing[];
  readonly isConflict: boolean;
  readonly unreproduced?: "alone" | "differs";
}

export interface SurveyPage {
  readonly actions: readonly SurveyedAction[];
  readonly cursor?: string;
}

/** A run that was given entries. */
export interface RunUses {
  readonly scope: string;
  readonly provenance: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The first 16 digits of both ids. */
  readonly uses: readonly { readonly action: string; readonly output: string }[];
}
