#!/usr/bin/env bash
# Makes sure that PostgreSQL's server binaries are there: the tests start a
# private server from them. Where they are missing and Debian's packages may
# be installed, installs them; otherwise says what to do.
set -euo pipefail
for dir in "${PGBIN:-}" $(echo "$PATH" | tr ':' ' ') /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin; do
  if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "PostgreSQL's server binaries are missing; installing Debian's package postgresql."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
  exit 0
fi
echo "PostgreSQL's server binaries (initdb, postgres) are missing: install Debian's package postgresql, or set PGBIN to their folder." >&2
exit 1
