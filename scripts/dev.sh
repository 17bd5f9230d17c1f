#!/bin/sh
# dev.sh SCRIPT.ts ARGS...: installs every package if one is missing, then becomes `bun SCRIPT.ts ARGS...`.
# The scripts of package.json go through it, so that each of them works on a fresh clone.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
cd "$root" || exit 3
. "$root/scripts/launcher.sh"
make_packages
exec "$bun" "$@"
