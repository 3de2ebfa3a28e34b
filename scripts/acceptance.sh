#!/usr/bin/env bash
# Plays real calls through a real FreeSWITCH: a private one, on loopback, with
# its own ports, folders and configuration (testdata/freeswitch).
set -euo pipefail
fs="${FREESWITCH:-$(command -v freeswitch || true)}"
if [ -z "$fs" ] || [ ! -x "$fs" ]; then
  echo "No FreeSWITCH: acceptance tests need one on PATH, or FREESWITCH=/path/to/freeswitch. Nothing was tested." >&2
  exit 1
fi
export FREESWITCH="$fs"
"$fs" -version
exec "${GO:-go}" test -tags acceptance -count=1 -timeout 20m -v ./internal/acceptance/...
