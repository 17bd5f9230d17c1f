#!/bin/sh
# Builds the executable that `./ballast` starts, if it is missing or older than a source, and prints where it is.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
. "$root/scripts/launcher.sh"
if is_stale; then make_executable; fi
echo "$executable"
