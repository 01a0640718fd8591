#!/usr/bin/env bash
# Runs a command with SPANTAIL_JAEGER set to a real Jaeger, which the tests start by themselves:
#
#     tests/real_servers/jaeger.sh cargo test --features real-servers --lib jaeger::tests::real
#
# Jaeger is built from its Go module, which takes a Go of the last two years and some minutes, once: the program stays in
# the user's cache folder. 1.76.0 is the last version whose module can be built without its submodules; inside it is the
# first half of Jaeger 2 (2.12), with memory for storage.
set -euo pipefail

version=v1.76.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spantail-tests
program=${SPANTAIL_JAEGER:-$cache/jaeger-$version}

if [ ! -x "$program" ]; then
    mkdir -p "$cache"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    (
        cd "$folder"
        export GOFLAGS=-mod=mod
        go mod init jaeger-of-tests
        go get "github.com/jaegertracing/jaeger/cmd/jaeger@$version"
        go build -o "$folder/jaeger" github.com/jaegertracing/jaeger/cmd/jaeger
    )
    mv "$folder/jaeger" "$program"
fi
SPANTAIL_JAEGER=$program "$@"
