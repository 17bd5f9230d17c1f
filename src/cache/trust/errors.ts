import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of access policies. */
export const trustErrors = defineErrors({
  "trust/policy-unreadable": {
    exit: exitStatus.usage,
    what: "The access policy cannot be read",
    why: "The file is not there, is too large, or is not YAML with a mapping at its top level.",
    todo: "Check the path that --access, BALLAST_ACCESS_FILE or `server.access` names.",
  },
  "trust/policy-invalid": {
    exit: exitStatus.usage,
    what: "The access policy has mistakes",
    why: "A policy is taken whole or not at all: a rule that is passed over would let somebody in, or keep somebody out.",
    todo: "Correct what is listed; `ballast policy test --access FILE` looks at it without a server.",
  },
  "trust/caller-invalid": {
    exit: exitStatus.usage,
    what: "It is not clear whose access is to be explained",
    why: "The file holds no claims as JSON and no token, or names an issuer that the policy does not have.",
    todo: "Give --claims a file with a JSON object of claims or --token a file with a token, and --issuer where the policy has several.",
  },
});
