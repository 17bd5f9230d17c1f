# Functions of the launcher and of the development scripts; sourced, with `root` set to the repository's folder.
# POSIX sh: it has to run under dash and busybox. Nothing here may read stdin or write stdout: behind GOCACHEPROG both
# belong to Go's protocol. Every tool is started in the repository's folder, because npm and Bun read configuration
# (.npmrc, bunfig.toml) from the folder they start in, and the caller's folder may be a stranger's checkout.

. "$root/scripts/is-stale.sh"
lock=$root/.ballast/lock
lock_held=

say() { printf 'ballast: %s\n' "$*" >&2; }

# fail STATUS WHAT WHY TODO
fail() {
  status=$1
  printf 'ballast: %s\n  why:  %s\n  todo: %s\n' "$2" "$3" "$4" >&2
  exit "$status"
}

# Two starts at once do the work once: the folder is the lock, the file in it names the holder.
# A holder that died is found by its process id. Breaking a dead lock is itself guarded by a second folder, else two
# waiters could both see the dead one, and the slower would remove the lock that the faster had just taken.
take_lock() {
  mkdir -p "$root/.ballast/bin" 2>/dev/null || fail 3 "cannot write to $root/.ballast" \
    "the executable is built there on the first start" "start ballast once as the owner of $root"
  waited=0
  told=
  until mkdir "$lock" 2>/dev/null; do
    holder=$(cat "$lock/pid" 2>/dev/null)
    if [ -z "$holder" ] && [ "$waited" -lt 50 ]; then
      : # the holder has made the folder and not yet written its id
    elif [ -z "$holder" ] || ! kill -0 "$holder" 2>/dev/null; then
      break_lock "$holder"
    elif [ -z "$told" ]; then
      say "waiting for process $holder, which is installing or building"
      told=yes
    fi
    waited=$((waited + 1))
    [ "$waited" -lt 6000 ] || fail 3 "waited ten minutes for $lock" \
      "process ${holder:-?} holds it" "if that process is not ballast, remove the folder $lock"
    sleep 0.1
  done
  lock_held=yes
  trap drop_lock EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo "$$" >"$lock/pid"
}

# break_lock HOLDER: removes the lock if it is still that dead holder's.
break_lock() {
  if mkdir "$lock.breaking" 2>/dev/null; then
    [ "$(cat "$lock/pid" 2>/dev/null)" = "$1" ] && rm -rf "$lock"
    rmdir "$lock.breaking"
  else
    # A breaker needs milliseconds; one that is a minute old was killed between the two folders.
    find "$lock.breaking" -prune -mmin +1 -exec rmdir {} \; 2>/dev/null
  fi
}

drop_lock() {
  [ -z "$lock_held" ] || rm -rf "$lock" "$root"/.ballast/bin/*.new.*
  lock_held=
  trap - EXIT HUP INT TERM
}

# Sets `bun`. After npm's install scripts the executable is bun/bin/bun.exe; without them that file is a stub that
# fails, and the executable is in the package of this platform. So each candidate is asked, not only looked at.
find_bun() {
  for bun in "$root/node_modules/bun/bin/bun.exe" "$root"/node_modules/@oven/bun-*/bin/bun; do
    if [ -x "$bun" ] && "$bun" --version >/dev/null 2>&1 </dev/null; then
      case $bun in /*) ;; *) bun=$(cd "$root" && pwd -P)/${bun#"$root"/} ;; esac
      return 0
    fi
  done
  return 1
}

# in_root COMMAND...: in the repository's folder, no stdin, nothing on stdout, without options from the environment.
in_root() {
  (cd "$root" && unset BUN_OPTIONS && exec "$@") </dev/null >&2
}

# have_packages run|all: whether node_modules holds what package-lock.json asks for.
have_packages() {
  find_bun && in_root "$bun" scripts/packages-installed.ts "$1"
}

# install_packages run|all: `run` is what the executable is built from, `all` adds the development tools.
# A folder that holds the development tools keeps them.
install_packages() {
  command -v npm >/dev/null 2>&1 || fail 3 "npm is not installed" \
    "Bun and the packages that ballast is built from come from npm" "install Node.js with npm, then start again"
  kind=$1
  [ ! -e "$root/node_modules/typescript" ] || kind=all
  case $kind in
    all) option=--include=dev ;;
    *) option=--omit=dev ;;
  esac
  log=$root/.ballast/npm.log
  if ! in_root npm ci "$option" --no-audit --no-fund --no-update-notifier --loglevel=error >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail 3 "npm could not install the packages" "npm ci failed; its last lines are above, all of them in $log" \
      "mend what npm names (often the network or the disk), then start again"
  fi
  have_packages "$1" || fail 3 "the installed packages are not those of package-lock.json" \
    "npm ci ended well, but Bun or a package is missing or of another version" \
    "remove $root/node_modules and start again; if it stays so, this platform has no Bun"
}

# The two --no-compile-autoload flags are a matter of security: without them the executable reads .env and
# bunfig.toml, `preload` included, from the folder it is started in, and a pull request could run its code in ours.
# Workers are entries of their own; --root . gives them the paths under which the code asks for them.
# bytecode makes the start 17 ms instead of 53 with everything imported; it needs --format=esm for top-level await.
compile_flags="--compile --bytecode --format=esm --splitting --root . \
--no-compile-autoload-dotenv --no-compile-autoload-bunfig"

# entries: main first, then every worker.
entries() {
  (cd "$root" && echo src/cli/main.ts && find src -name '*-worker.ts' | LC_ALL=C sort)
}

# compile OUTFILE FLAGS...: a relative OUTFILE is taken from the repository's folder.
compile() {
  outfile=$1
  shift
  # The flags and entries are lists of plain words.
  # shellcheck disable=SC2046,SC2086
  in_root "$bun" build $compile_flags "$@" $(entries) --outfile "$outfile"
}

# Builds under another name and renames, so that a start beside it sees the old executable or the new one. The time
# of the file is the time at which the build began: a source that changes during the build is newer than it.
# The list of inputs goes first: if no input of the new one is newer than the old executable, that is made from the same.
build_executable() {
  new=$executable.new.$$
  stamp=$new.stamp
  log=$root/.ballast/build.log
  : >"$stamp"
  within=.ballast/bin/${new##*/}
  if ! compile "$within" "--metafile=$within.json" >"$log" 2>&1 ||
    ! in_root "$bun" scripts/list-inputs.ts "$within.json" "$within.inputs" >>"$log" 2>&1; then
    cat "$log" >&2
    fail 70 "the executable could not be built" "bun build failed; what it said is above" \
      "mend the source that it names; for an unchanged release this is a bug in ballast"
  fi
  touch -r "$stamp" "$new" && mv -f "$new.inputs" "$root/.ballast/bin/inputs.sh" && mv -f "$new" "$executable" || fail 3 "cannot write $executable" \
    "the built executable could not be moved into place" "see whether the disk is full or read-only"
  rm -f "$stamp" "$new.json"
}

# Called when the executable is missing or older than a source. Whoever waited for the lock finds it made.
make_executable() {
  take_lock
  if is_stale; then
    if have_packages run; then
      say "building the executable from changed sources (about a second)"
    else
      say "first start: installing packages from npm and building the executable (about ten seconds)"
      install_packages run
    fi
    build_executable
  fi
  drop_lock
}

# Called by the development scripts: every package, and `bun` set.
make_packages() {
  have_packages all && return 0
  take_lock
  if ! have_packages all; then
    say "installing packages from npm"
    install_packages all
  fi
  drop_lock
}
