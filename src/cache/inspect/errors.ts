import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast cache …`. */
export const inspectErrors = defineErrors({
  "inspect/cache-off": {
    exit: exitStatus.usage,
    what: "Go's build cache is turned off",
    why: "GOCACHE is `off`, so that there is no folder to look at.",
    todo: "Set GOCACHE to a folder, or unset it; or ask a server with --server URL.",
  },
  "inspect/folder-unwritable": {
    exit: exitStatus.dependency,
    what: "Files of the cache could not be removed",
    why: "The file system refused: the folder belongs to another user, or is mounted read-only.",
    todo: "Run the command as the user who builds, or leave the folder to its owner.",
  },
  "inspect/server-missing": {
    exit: exitStatus.usage,
    what: "no server is named",
    why: "The command is about a server, and no setting says which.",
    todo: "Give --server URL, or set BALLAST_SERVER or `cache.server` in ballast.yaml.",
  },
  "inspect/server-unreachable": {
    exit: exitStatus.dependency,
    what: "The server could not be asked",
    why: "Nothing answers at its address, the connection broke, or it took too long.",
    todo: "Check the address and whether `ballast serve` is running there; `ballast doctor` looks closer.",
  },
  "inspect/server-refused": {
    exit: exitStatus.dependency,
    what: "The server refused the request",
    why: "It said why: most often the token is missing, or only allows reading.",
    todo: "Set BALLAST_TOKEN or BALLAST_TOKEN_FILE to a token that allows it; or update the server if it is older.",
  },
  "inspect/entry-not-found": {
    exit: exitStatus.findings,
    what: "Nothing like it is in the cache",
    why: "No action, output or package of the cache has this name, or it was trimmed since.",
    todo: "`ballast cache ls` lists what there is; check the scope and whether a server was meant.",
  },
  "inspect/prefix-ambiguous": {
    exit: exitStatus.usage,
    what: "Several ids begin like this",
    why: "A few digits are enough only while no other id of the cache begins with the same ones.",
    todo: "Give more digits.",
  },
  "inspect/purge-unclear": {
    exit: exitStatus.usage,
    what: "It was not said what to remove",
    why: "A purge without a filter would empty the cache, and that is never guessed.",
    todo: "Give --package, --kind or --origin; or --all with --yes. --dry-run shows what would go.",
  },
  "inspect/filter-not-served": {
    exit: exitStatus.usage,
    what: "A server cannot be asked for this",
    why: "The filter is about something that only a runner's own folder knows, or only a server.",
    todo: "Leave the flag out, or use it on the other side; `--help` says which side knows it.",
  },
  "inspect/toolchain-unknown": {
    exit: exitStatus.dependency,
    what: "It cannot be said which toolchain built these entries",
    why: "Entries are kept apart by the toolchain's own bytes, and no usable `go` is on PATH.",
    todo: "Put the `go` that built the folder on PATH; `go env GOROOT GOTOOLDIR` must name existing folders.",
  },
  "inspect/push-incomplete": {
    exit: exitStatus.dependency,
    what: "Not everything could be sent",
    why: "The server refused entries, failed, or could not be reached any more.",
    todo: "Run the command again: what the server has is not sent twice.",
  },
});
