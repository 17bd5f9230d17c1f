import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of a server with an access policy. */
export const accessErrors = defineErrors({
  "server/token-refused": {
    exit: exitStatus.dependency,
    httpStatus: 401,
    what: "The token was refused",
    why: "It is not signed by an issuer of the policy, is meant for somebody else, has expired, or is not valid yet.",
    todo: "The detail says which. Check audience and issuer in the job, and the clocks of server and issuer.",
  },
  "server/issuer-unreachable": {
    exit: exitStatus.dependency,
    httpStatus: 503,
    what: "The token could not be checked",
    why: "The issuer's keys could not be fetched, and none are known.",
    todo: "Nothing in the job: it goes on without the cache. On the server, check the way to the issuer.",
  },
  "server/exchange-needed": {
    exit: exitStatus.dependency,
    httpStatus: 401,
    what: "This token must be exchanged first",
    why: "The policy takes each token of this issuer once only, for a session.",
    todo: "Ask POST /v1/session for a session token, as `ballast token` does.",
  },
  "server/token-used": {
    exit: exitStatus.dependency,
    httpStatus: 401,
    what: "This token was used before",
    why: "The policy takes each token of this issuer once only; somebody had it already.",
    todo: "Get a new one from the CI platform. If nobody of yours used it, it was stolen: see the server's log.",
  },
  "server/access-refused": {
    exit: exitStatus.dependency,
    httpStatus: 403,
    what: "The policy grants this caller nothing",
    why: "No rule applies to it, or the one that does refuses it.",
    todo: "`ballast policy explain --token FILE --access FILE` says which rules were tried and why they do not apply.",
  },
  "server/scope-refused": {
    exit: exitStatus.dependency,
    httpStatus: 403,
    what: "The policy does not grant this scope",
    why: "The request claims to write or read a scope that is outside of what its caller's rule grants.",
    todo: "Check BALLAST_SCOPE and BALLAST_ANCESTORS of the job against the rule; the detail names both.",
  },
  "server/operators-only": {
    exit: exitStatus.dependency,
    httpStatus: 403,
    what: "This is for operators",
    why: "It shows or changes what all scopes hold, and the caller's rule does not say `operate`.",
    todo: "Use a token whose rule has `operate: look` or `operate: change`.",
  },
  "server/quota-exceeded": {
    exit: exitStatus.dependency,
    httpStatus: 429,
    what: "A quota is used up",
    why: "The caller's rule limits what may be written or asked in a window of time, and that much was.",
    todo: "Wait for the next window, or raise the quota in the policy. Builds go on without the cache.",
  },
  "server/session-key-invalid": {
    exit: exitStatus.usage,
    what: "The session key cannot be used",
    why: "The file cannot be read, or holds fewer than 32 bytes.",
    todo: "`openssl rand -hex 32` makes a good one; all nodes of a fleet share it.",
  },
});
