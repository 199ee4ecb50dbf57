#!/bin/sh
# Builds the site of docs/ into site/; a broken link or anchor fails. Sets itself up.
#   sh scripts/docs.sh [options of zensical build]
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh docs
build() { .venv/bin/zensical build --strict --clean "$@"; }
build "$@" || build "$@" # one in 40 builds ends with "Watcher disconnected"
