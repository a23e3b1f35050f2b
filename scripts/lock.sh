#!/usr/bin/env bash
# Writes the hashed lock files from pyproject.toml. Usage: scripts/lock.sh [--upgrade]
#
# The locks must be the same whoever makes them: so no index address, no path and no tool's own header is let
# through, and the result is resolved for every Python and platform we support (--universal), not for this one.
set -euo pipefail
cd "$(dirname "$0")/.."

header="# Pinned and hashed. Written by 'make lock' from pyproject.toml: do not edit by hand."
options=(--universal --python-version 3.11 --generate-hashes --no-config --no-header --no-annotate
         --no-emit-index-url --no-emit-find-links --quiet "$@")

lock() { # lock FILE SOURCE...
  local file=$1
  shift
  # Resolving into the present file keeps its pins, unless --upgrade was given.
  .venv/bin/uv pip compile "${options[@]}" "$@" --output-file "$file"
  { echo "$header"; grep -v '^#' "$file"; } > "$file.new"
  mv "$file.new" "$file"
}

lock requirements/run.lock pyproject.toml
# What a developer runs is what is shipped, with tools added: hence the constraint.
lock requirements/dev.lock pyproject.toml --extra dev --constraint requirements/run.lock
lock requirements/fuzz.lock --group fuzz

if grep -nE '://|^-|file:|/(home|root|opt|work)/' requirements/*.lock; then
  echo "lock.sh: a lock file names an address or a path of this machine (above)" >&2
  exit 1
fi
