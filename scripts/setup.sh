#!/bin/sh
# Makes .venv ready for one job, installing only what is missing.
#   sh scripts/setup.sh demo     covoxel, no viewer
#   sh scripts/setup.sh viewer   covoxel with napari and Qt
#   sh scripts/setup.sh test     the same with pytest and a browser
#   sh scripts/setup.sh dev      the same with pytest and the linters
#   sh scripts/setup.sh docs     covoxel with what builds the site
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
job=${1:-demo}

case $job in
    demo) set -- -e . ;;
    viewer) set -- -e '.[napari]' ;;
    test) set -- -e '.[formats,napari]' --group test --group browser ;;
    dev) set -- -e '.[formats,napari]' --group dev ;;
    docs) set -- -e . --group docs ;;
    *) echo "setup.sh: job is '$job'; allowed are demo, viewer, test, dev and docs" >&2; exit 2 ;;
esac

fail() { echo "setup.sh: $*" >&2; exit 1; }

# Installs Debian packages when root, else says what to install and stops.
need() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $*" >&2
        log=$(apt-get update -qq 2>&1 &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" 2>&1) ||
            fail "apt-get could not install $*: $log"
    else
        fail "this needs, installed as root: apt-get install $*"
    fi
}

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c "$supported" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

# What Qt and its test display load and pip does not bring: file, Debian package.
qt_libraries='
libGL.so.1 libgl1
libEGL.so.1 libegl1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libglib-2.0.so.0 libglib2.0-0
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0
'
# The same of the browser; libasound2 has another name in newer releases, where -dev brings it.
browser_libraries='
libasound.so.2 libasound2-dev
libgbm.so.1 libgbm1
libnss3.so libnss3
libXcomposite.so.1 libxcomposite1
libXdamage.so.1 libxdamage1
libxkbfile.so.1 libxkbfile1
libXrandr.so.2 libxrandr2
libXtst.so.6 libxtst6
'
missing_for_qt() {
    present=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)
    [ "$job" != test ] || qt_libraries=$qt_libraries$browser_libraries
    echo "$qt_libraries" | while read -r file package; do
        case $present in *"$file"*) ;; *) echo "$package" ;; esac
    done
    case $job in test | dev) command -v Xvfb >/dev/null || echo xvfb ;; esac
}

python=.venv/bin/python
ready() { "$python" -c "$supported" 2>/dev/null; }

missing=
if [ "$(uname)" = Linux ]; then
    case $job in viewer | test | dev) missing=$(missing_for_qt) ;; esac
fi
if ! ready; then
    base=$(find_python)
    if [ -n "$base" ]; then
        command -v uv >/dev/null || "$base" -c 'import ensurepip' 2>/dev/null ||
            missing="$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])') $missing"
    elif [ -z "${PYTHON:-}" ]; then
        missing="python3 python3-venv $missing"
    fi
fi
# shellcheck disable=SC2086 # one word a package
need $missing

if ! ready; then
    base=$(find_python)
    [ -n "$base" ] || fail "Python 3.11, 3.12 or 3.13 is needed; name it with PYTHON="
    if command -v uv >/dev/null; then
        uv venv --quiet --clear --python "$base" .venv
    else
        "$base" -m venv --clear .venv
    fi
fi

# The place is part of the stamp: a checkout that was moved is installed anew.
stamp=.venv/covoxel-$job
{ pwd; cat pyproject.toml; } >.venv/covoxel-now
if ! cmp -s .venv/covoxel-now "$stamp"; then
    echo "Installing covoxel for $job into .venv" >&2
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$python" "$@"
    else
        "$python" -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
        "$python" -m pip install --quiet --disable-pip-version-check "$@"
    fi
    cp .venv/covoxel-now "$stamp"
fi
