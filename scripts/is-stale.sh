# Sourced with `root` set: whether the compiled executable has to be built. Paid on every start.

executable=$root/.ballast/bin/ballast

# The build leaves the list of what it read, and of the folders around that, as a script that compares each with the
# executable and exits with 0 if none is newer; whatever else happens there, its end too, means stale. 1,260 tests in
# the shell take 3.5 ms, a `find` that walks src/ 5.2. The subshell is for the folder: the list is relative to it.
is_stale() {
  [ ! -x "$executable" ] || ! (CDPATH= cd -- "$root" && . ./.ballast/bin/inputs.sh; exit 1) 2>/dev/null
}
