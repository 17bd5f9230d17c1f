/** Who wrote an entry: what the runner says of itself, with what was proved about it on top. */

import { printable } from "../../report/printable.ts";
import type { RequestContext } from "../protocol/entry.ts";
import { type Caller, callerName, verifiedProvenance } from "./caller.ts";
import type { Grant } from "./grant.ts";

/** Fields that only a server sets; what a runner sends under these names is dropped. */
const serverFields = ["trust", "caller", "rule", "node", "toolchain", "image"];
/** Fields that an issuer vouches for: with a verified token, only what the token says of them is kept. */
const identityFields = ["repository", "ref", "commit", "run", "actor"];
const fieldCharsMax = 300;
const fieldsMax = 30;
/** Enough to tell toolchains and images apart; the whole hash would double each row. */
const hashChars = 16;

export interface Prover {
  readonly caller: Caller;
  readonly grant: Grant;
}

/** The provenance that is kept with each entry of a request. `prover` is absent where there is no access policy. */
export function provenanceOf(
  context: RequestContext,
  node: string | undefined,
  prover: Prover | undefined,
): Readonly<Record<string, string>> {
  const isProved = prover?.caller.kind === "oidc";
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(context.provenance).slice(0, fieldsMax)) {
    if (serverFields.includes(name) || (isProved && identityFields.includes(name))) continue;
    // Operators read it on a terminal, and whoever may write may say anything.
    fields[printable(name)] = printable(value).slice(0, fieldCharsMax);
  }
  if (prover !== undefined) Object.assign(fields, verifiedProvenance(prover.caller), proofOf(prover));
  fields["toolchain"] = context.toolchain.slice(0, hashChars);
  if (!/^0*$/.test(context.image)) fields["image"] = context.image.slice(0, hashChars);
  if (node !== undefined) fields["node"] = node;
  return fields;
}

function proofOf({ caller, grant }: Prover): Readonly<Record<string, string>> {
  return { caller: callerName(caller), rule: grant.rule, trust: grant.trust };
}
