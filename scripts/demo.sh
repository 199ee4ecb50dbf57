#!/bin/sh
# Measures a sample image and writes table, mask, figure and provenance; sets itself up.
#   sh scripts/demo.sh [--open] [options of `covoxel demo`]
# --open shows the result in napari where there is a display.
set -eu
cd "$(dirname "$0")/.."

job=demo
if [ "$(uname)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    for argument; do
        [ "$argument" != --open ] || job=viewer
    done
fi
sh scripts/setup.sh "$job"
exec .venv/bin/covoxel demo --out covoxel-results --overwrite "$@"
