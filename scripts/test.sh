#!/bin/sh
# Runs the tests on two processors, the viewer's on displays of their own; sets itself up.
#   sh scripts/test.sh [options of pytest]
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh test
export NAPARI_ENSURE_PLUGIN_MAIN_THREAD=1
unset PYTHONDONTWRITEBYTECODE # else each process that a test starts compiles all libraries again
exec .venv/bin/python -m pytest -n 2 --dist worksteal "$@"
