#!/bin/sh
# Runs every hook of .pre-commit-config.yaml on all files; sets itself up.
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh dev
PATH="$PWD/.venv/bin:$PATH" exec .venv/bin/prek run --all-files --show-diff-on-failure
