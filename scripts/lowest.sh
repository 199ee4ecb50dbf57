#!/bin/sh
# Runs the tests where libraries meet users with the oldest releases that pyproject.toml allows.
#   sh scripts/lowest.sh [options of pytest]
set -eu
cd "$(dirname "$0")/.."

sh scripts/setup.sh test
python=.venv-lowest/bin/python
.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv-lowest
.venv/bin/uv pip install --quiet --python "$python" --resolution lowest-direct \
    -e '.[formats,napari,parquet]' --group test
export NAPARI_ENSURE_PLUGIN_MAIN_THREAD=1
unset PYTHONDONTWRITEBYTECODE # else each process that a test starts compiles all libraries again
# What these compute depends on no library that changes.
for name in absurd compare distance field fuzz map memory objects register; do
    set -- "$@" "--ignore=tests/cli/test_$name.py"
done
# Older styles are taller, and may have to scroll on a small screen.
set -- "$@" --deselect \
    tests/gui/test_every_widget.py::test_results_are_in_sight_and_whatever_is_unfolded_stays_on_the_screen
# Old releases warn of each other; only failures count here.
exec "$python" -m pytest -n 2 --dist worksteal -o filterwarnings=default "$@" \
    tests/cli tests/io tests/report tests/gui/test_reader.py tests/gui/test_every_widget.py
