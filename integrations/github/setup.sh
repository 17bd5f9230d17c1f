#!/bin/bash
# The composite action's one step: get the executable, get a token, set GOCACHEPROG for the later steps. A job whose cache
# cannot be set up goes on without it; only what was asked for and is wrong (a checksum) ends the step.
set -euo pipefail
# Without it a failure within $(…) would go unnoticed, a wrong checksum among them.
shopt -s inherit_errexit

note() { echo "::notice title=Ballast::$*"; }

export_variable() {
  # A value of several lines would set other variables as well.
  case $2 in *$'\n'*) echo "::error title=Ballast::$1 has several lines"; exit 2 ;; esac
  echo "$1=$2" >> "$GITHUB_ENV"
  export "$1=$2"
}

install_ballast() {
  if [ -z "$INPUT_URL" ]; then
    command -v ballast || { note "no url is given and ballast is not on PATH: go on without the cache" >&2; exit 0; }
    return
  fi
  if ! [[ $INPUT_SHA256 =~ ^[0-9a-f]{64}$ ]]; then
    echo "::error title=Ballast::url needs sha256, from SHA256SUMS of the same release" >&2
    exit 2
  fi
  local folder=${RUNNER_TEMP:?}/ballast-$INPUT_SHA256
  local program=$folder/ballast
  if ! [ -x "$program" ]; then
    mkdir -p "$folder"
    curl --fail --silent --show-error --location --retry 3 --output "$folder/download" "$INPUT_URL"
    case $INPUT_URL in
      *.zst) zstd --quiet --decompress --force "$folder/download" -o "$folder/new" ;;
      *.gz) gzip --decompress --stdout "$folder/download" > "$folder/new" ;;
      *) mv "$folder/download" "$folder/new" ;;
    esac
    if ! echo "$INPUT_SHA256  $folder/new" | sha256sum --check --quiet - >&2; then
      echo "::error title=Ballast::what $INPUT_URL holds is not what sha256 says" >&2
      exit 1
    fi
    chmod 0755 "$folder/new"
    mv "$folder/new" "$program"
  fi
  echo "$program"
}

ballast=$(install_ballast)
[ -n "$ballast" ] || exit 0
echo "ballast=$ballast" >> "${GITHUB_OUTPUT:-/dev/null}"
export_variable BALLAST_SERVER "$INPUT_SERVER"
if [ -n "$INPUT_CA_FILE" ]; then export_variable BALLAST_CA_FILE "$INPUT_CA_FILE"; fi
if [ -n "$INPUT_TOKEN" ]; then
  echo "::add-mask::$INPUT_TOKEN"
  export_variable BALLAST_TOKEN "$INPUT_TOKEN"
elif [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  "$ballast" token --github --audience "$INPUT_AUDIENCE" || note "the server gave no token: it may refuse this job"
fi
"$ballast" env --github
