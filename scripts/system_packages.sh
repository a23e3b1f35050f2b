#!/usr/bin/env bash
# The programs that tests drive for real: installed here if we may, else named with the command that installs them.
set -euo pipefail

have_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
# Debian keeps the server off PATH, one folder a version.
have_postgresql() { command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres'; }
# Debian keeps it where only root looks.
have_nginx() { command -v nginx || [[ -x /usr/sbin/nginx ]]; }
have_prometheus() { command -v prometheus && command -v promtool; }

missing=()
have_chromium >/dev/null || missing+=(chromium)
have_postgresql >/dev/null || missing+=(postgresql)
have_nginx >/dev/null || missing+=(nginx-light)
have_prometheus >/dev/null || missing+=(prometheus)
command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null || missing+=(prometheus-alertmanager)
command -v pgbouncer >/dev/null || [[ -x /usr/sbin/pgbouncer ]] || missing+=(pgbouncer)
((${#missing[@]})) || exit 0

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "setup: Debian packages for tests: ${missing[*]}"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # Debian starts a service as soon as it is installed. Tests start their own, so: not here.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  if apt-get update >"$log" 2>&1 && apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -20 "$log" >&2
  echo "apt-get could not install: ${missing[*]} (the whole log: $log)" >&2
  exit 1
fi

echo "Tests drive these real programs, which this machine lacks:" >&2
for package in "${missing[@]}"; do
  case $package in
    chromium) echo "  - chromium     the console's pages are tested in a browser" ;;
    nginx-light) echo "  - nginx-light  writes the access logs that are followed" ;;
    prometheus-alertmanager) echo "  - prometheus-alertmanager   sends its alerts to our door for them" ;;
    prometheus) echo "  - prometheus   promtool asks our API, and the speed of queries is measured against it" ;;
    pgbouncer) echo "  - pgbouncer    a pooler before a database that is watched" ;;
    postgresql) echo "  - postgresql   the ledger's second store, and the databases that are watched" ;;
  esac
done >&2
echo "Install them (Debian, Ubuntu: sudo apt-get install ${missing[*]}), then run the same make command again." >&2
exit 1
