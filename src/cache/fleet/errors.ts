import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the fleet: what nodes tell each other, the bus that carries it, and the store that they share. */
export const fleetErrors = defineErrors({
  "fleet/malformed": {
    exit: exitStatus.dependency,
    httpStatus: 500,
    what: "A value on the bus could not be understood",
    why: "A newer Ballast wrote it, or something else writes to the same bucket.",
    todo: "Update the older nodes, and give the fleet a bucket of its own. The value was skipped.",
  },
  "fleet/bus-unreachable": {
    exit: exitStatus.dependency,
    httpStatus: 503,
    what: "The bus cannot be reached",
    why: "Its servers do not answer within the deadline, or none of them is the leader.",
    todo: "Nothing is lost: changes wait on this node's disk. Check the address given with --bus and the servers.",
  },
  "fleet/bus-refused": {
    exit: exitStatus.dependency,
    what: "The bus refuses this node",
    why: "The credentials are wrong or expired, or they do not allow this bucket.",
    todo: "Check the credentials and permissions of this node on the bus.",
  },
  "fleet/bus-invalid": {
    exit: exitStatus.usage,
    what: "The bus is not named in a way that Ballast understands",
    why: "It must be nats://HOST:PORT or tls://HOST:PORT, several with commas between them, and the bucket a name of letters, digits, - and _.",
    todo: "Correct --bus or --bus-bucket. Credentials are written nats://USER:PASSWORD@HOST or come from --bus-creds.",
  },
  "fleet/bus-full": {
    exit: exitStatus.dependency,
    what: "The bus has no room left",
    why: "The bucket has reached its limit, or the servers' disk is full.",
    todo: "Raise the bucket's limit (--bus-max-size is used when the bucket is made) or free space. Changes wait on this node's disk.",
  },
  "fleet/position-gone": {
    exit: exitStatus.dependency,
    what: "The bus no longer knows the position that this node had reached",
    why: "The bucket was made anew, or it was emptied while this node was away.",
    todo: "Nothing: the node reads everything again.",
  },
  "fleet/clock-wrong": {
    exit: exitStatus.dependency,
    what: "This node's clock is more than a day off, so it ends no entries by their age",
    why: "Its time and that of the bus's servers differ; by a clock that is ahead everything would seem old.",
    todo: "Set the clocks right (NTP). Everything else goes on.",
  },
  "fleet/store-unreachable": {
    exit: exitStatus.dependency,
    httpStatus: 503,
    what: "The shared store cannot be reached",
    why: "It does not answer within the deadline, or it answers with a failure of its own.",
    todo: "Check the address given with --store. Bodies wait on this node's disk until the store is back.",
  },
  "fleet/store-refused": {
    exit: exitStatus.dependency,
    httpStatus: 502,
    what: "The shared store refuses this node",
    why: "The credentials are wrong or expired, or they do not allow this bucket.",
    todo: "Check the credentials (the usual AWS variables or files) and the bucket's policy.",
  },
  "fleet/store-full": {
    exit: exitStatus.dependency,
    httpStatus: 507,
    what: "The shared store has no room left",
    why: "The disk or the quota of the bucket is used up.",
    todo: "Free space or raise the quota. Bodies wait on this node's disk until there is room.",
  },
});
