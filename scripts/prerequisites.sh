#!/usr/bin/env bash
# Says, before anything is installed, whether this machine has what opsguide cannot bring itself.
set -euo pipefail

python=${PYTHON:-python3}
missing=()

# `python3 -m venv --help` succeeds on Debian without python3-venv; only ensurepip tells the truth.
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  missing+=("Python 3.11 or newer as '$python' (another one: make PYTHON=/path/to/python3.12)   Debian: apt install python3")
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  missing+=("Python's venv module for '$python'   Debian: apt install python3-venv")
fi

if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
  missing+=("Node.js 20 or newer, to build the console's scripts and styles   Debian 13: apt install nodejs")
fi
command -v npm >/dev/null || missing+=("npm   Debian: apt install npm")
command -v git >/dev/null || missing+=("git   Debian: apt install git")

if ((${#missing[@]})); then
  echo "opsguide cannot be set up: this machine lacks" >&2
  printf '  - %s\n' "${missing[@]}" >&2
  echo "Install the above, then run the same make command again." >&2
  exit 1
fi
