#!/usr/bin/env bash
# Plays real calls through a real FreeSWITCH: a private one, on loopback, with
# its own ports, folders and configuration (testdata/freeswitch).
#
# A test that fails is played once more, alone: a switch, its phones and the
# server share two cores here, and one of them is late now and then. What fails
# twice is broken, and what passed only the second time is named at the end.
set -euo pipefail
fs="${FREESWITCH:-$(command -v freeswitch || true)}"
if [ -z "$fs" ] || [ ! -x "$fs" ]; then
  echo "No FreeSWITCH: acceptance tests need one on PATH, or FREESWITCH=/path/to/freeswitch. Nothing was tested." >&2
  exit 1
fi
export FREESWITCH="$fs"
"$fs" -version

play() { "${GO:-go}" test -tags acceptance -count=1 -timeout 20m -v "$@" ./internal/acceptance/...; }

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if play 2>&1 | tee "$log"; then
  exit 0
fi
failed="$(sed -n 's/^--- FAIL: \([A-Za-z0-9_]*\) .*/\1/p' "$log" | sort -u | paste -sd '|')"
# More than three, or none by name (it did not build, or it ran out of time), is
# no matter of luck.
if [ -z "$failed" ] || [ "$(tr -cd '|' <<<"$failed" | wc -c)" -gt 2 ] || grep -q '^panic: ' "$log"; then
  exit 1
fi
echo "failed, played once more: $failed"
play -run "^($failed)\$"
echo "passed only the second time: $failed"
