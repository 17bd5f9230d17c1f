import { defineErrors, exitStatus } from "../../core/errors.ts";

export const protocolErrors = defineErrors({
  "protocol/malformed": {
    exit: exitStatus.dependency,
    httpStatus: 400,
    what: "A message between client and server could not be understood",
    why: "The other side speaks another protocol, or something between the two changed or cut the bytes.",
    todo: "Check that the address is a Ballast server and that no proxy rewrites its answers.",
  },
  "protocol/unsupported-version": {
    exit: exitStatus.dependency,
    httpStatus: 426,
    what: "Client and server speak different versions of the protocol",
    why: "One of the two is much older than the other.",
    todo: "Update the older one; a server serves the current version and the one before.",
  },
  "protocol/body-mismatch": {
    exit: exitStatus.dependency,
    httpStatus: 422,
    what: "A body is not what its output id says",
    why: "The bytes were damaged on the way or on a disk, or somebody tried to swap them.",
    todo: "Nothing was stored or used. If it happens again, run `ballast cache verify` on both sides.",
  },
});
