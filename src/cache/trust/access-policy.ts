/** An access policy: issuers whose tokens are believed, rules over who asks, and examples that show what they mean. */

import type { Rule, Vocabulary } from "../../policy/rule.ts";
import type { IssuerPlatform } from "./caller.ts";

/** Somebody who signs tokens for CI jobs. */
export interface Issuer {
  /** The policy's own name for it. */
  readonly name: string;
  /** As the tokens say it, byte for byte. */
  readonly url: string;
  readonly audience: string;
  readonly platform: IssuerPlatform;
  /** Signature algorithms that are taken, all of them with public keys. */
  readonly algorithms: readonly string[];
  /** A token may live so long at most. */
  readonly lifetimeMaxMs: number;
  /** By how much clocks may differ. */
  readonly skewMs: number;
  /** Each token opens one session only: its `jti` is remembered until it expires. */
  readonly once: boolean;
  /** Certificates (PEM) that the issuer's own may be signed by. */
  readonly caFile: string | undefined;
}

/** What an example's caller is expected to get. */
export interface Expectation {
  readonly rule: string | undefined;
  readonly refused: boolean | undefined;
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  readonly notWrites: readonly string[];
  readonly notReads: readonly string[];
  readonly trust: string | undefined;
}

export interface Example {
  readonly name: string;
  readonly caller: ExampleCaller;
  readonly expect: Expectation;
}

export type ExampleCaller =
  | { readonly kind: "oidc"; readonly issuer: string; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: "token"; readonly token: string; readonly access: "read" | "write" }
  | { readonly kind: "anonymous" };

export interface AccessPolicy {
  readonly issuers: readonly Issuer[];
  readonly rules: readonly Rule[];
  readonly vocabulary: Vocabulary;
  readonly examples: readonly Example[];
  /** SHA-256 of the text it was read from, hex: tells one version from another. */
  readonly digest: string;
}
