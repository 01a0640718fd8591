#!/usr/bin/env bash
# Runs a command for which a real OpenTelemetry Collector is there, whose program it finds in SPANTAIL_OTELCOL:
#
#     tests/real_servers/collector.sh cargo test --features real-servers --lib otlp
#
# The Collector is a Go module without its binary: `collector/` beside this file puts the parts together that are needed, as
# the Collector's own builder would. It needs Go (1.26 or later), is built once (two minutes) and kept in the user's cache.
# Version 0.115.0 is one of which all modules are published.
set -euo pipefail

version=0.115.0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/spantail-tests
program=$folder/otelcol-$version
if [ ! -x "$program" ]; then
    mkdir -p "$folder"
    go build -C "$here/collector" -o "$program.new" .
    mv "$program.new" "$program"
fi
SPANTAIL_OTELCOL=$program exec "$@"
