#!/bin/sh
# compile.sh OUTFILE FLAGS...: compiles the executable with the launcher's flags and entries, and FLAGS besides.
# A relative OUTFILE is taken from the repository's folder.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
. "$root/scripts/launcher.sh"
make_packages
compile "$@"
