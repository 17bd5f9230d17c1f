# Sourced with `root` set: whether the compiled executable has to be built. Paid on every start.

executable=$root/.ballast/bin/ballast

# Sources are what the executable is made from; examples/ belongs to them because `ballast demo` carries its input
# inside the executable. Folders count too: a file that was removed changes its folder's time. Over 900 files this takes
# 6 ms; LC_ALL=C saves 0.8 of them, since find then loads no locale. The rules' 1,800 fixtures are for tests only.
is_stale() {
  [ ! -x "$executable" ] || [ -n "$(LC_ALL=C find "$root/src" "$root/examples" "$root/package.json" \
    "$root/package-lock.json" "$root/scripts/launcher.sh" \
    -name fixtures -prune -o -name '*.test.ts' -o -newer "$executable" -print -quit 2>/dev/null)" ]
}
