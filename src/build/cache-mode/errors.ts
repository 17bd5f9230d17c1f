import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the cache modes. */
export const cacheModeErrors = defineErrors({
  "build/private-cache-unusable": {
    exit: exitStatus.dependency,
    what: "a private cache cannot be made",
    why: "The cache modes read-only, isolated and off need a folder of their own, and none can be written.",
    todo: "Give the disk room, or set TMPDIR or XDG_CACHE_HOME to a folder that can be written.",
  },
  "build/fuzz-without-corpus": {
    exit: exitStatus.usage,
    what: "fuzzing in a private cache would lose what it finds",
    why: "Go keeps the corpus of `-fuzz` in GOCACHE, and this mode's GOCACHE is not the usual one.",
    todo: "Give --keep-fuzz, which lets the corpus alone lie in the usual GOCACHE, or use --cache=shared.",
  },
  "build/go-without-cacheprog": {
    exit: exitStatus.usage,
    what: "this Go cannot read one cache and write another",
    why: "The mode read-only is done by GOCACHEPROG, which Go has since 1.24; an older Go would write to the usual cache.",
    todo: "Use Go 1.24 or newer, or --cache=isolated.",
  },
});
