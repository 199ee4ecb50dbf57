"""covoxel doctor: versions, what is missing, what does not work here, and what to do about it."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Literal

import typer
from packaging.requirements import Requirement

from covoxel.cli.printing import echo
from covoxel.core.extras import no_display, pip_line
from covoxel.core.memory import free_memory, in_words
from covoxel.core.sharing import processors
from covoxel.core.version import VERSION

CheckState = Literal["ok", "missing", "note", "broken"]
#: Packages whose modules are called otherwise.
_MODULES = {
    "lazy-loader": "lazy_loader",
    "pillow": "PIL",
    "pylibczirw": "pylibCZIrw",
    "pyqt6": "PyQt6.QtWidgets",
    "scikit-image": "skimage",
}
_ALL_FORMATS = "formats"
_EXTRA = re.compile(r"extra == ['\"](\w+)['\"]")
#: Less memory or disk than this is worth a remark, in bytes.
_LITTLE = 1e9
#: Seconds after which a display counts as one that does not answer.
_PATIENCE = 60
_LIBRARIES = "install the library that it names; on Debian libgl1, libegl1 and libxcb-cursor0"
#: What Qt says of a display that it cannot open, and what to do.
_FIXES = {
    "could not connect": "nothing answers at DISPLAY: log in again, or use xvfb-run",
    "needed to load": _LIBRARIES,
}
_DRIVER = "update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do if it is not well."""

    name: str
    state: CheckState
    text: str
    fix: str = ""


def doctor(*, as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    """Print versions and what is missing, broken or short here, with what to do."""
    checks = [*programs(), *packages(), display(), compiler(), *machine()]
    if as_json:
        echo(json.dumps({"checks": [asdict(one) for one in checks]}, ensure_ascii=False))
    else:
        for one in checks:
            echo(f"{one.state:<8} {one.name:<14} {one.text}")
            if one.fix:
                echo(f"{'':<23} {one.fix}")
    if any(one.state == "broken" for one in checks):
        raise typer.Exit(1)


def programs() -> Iterator[Check]:
    """Yield Covoxel, Python and the system."""
    yield Check("covoxel", "ok", VERSION)
    yield Check("python", "ok", f"{platform.python_version()}, {platform.platform()}")


def packages() -> Iterator[Check]:
    """Yield each library that is needed with this Python, and each of the extras."""
    seen: set[str] = set()
    every = [Requirement(line) for line in metadata.requires("covoxel") or ()]
    # the extra of all formats comes last, so that a library is named with its own
    for needed in sorted(every, key=lambda one: _ALL_FORMATS in str(one.marker)):
        found = _EXTRA.search(str(needed.marker))
        extra = found and found[1]
        applies = needed.marker is None or needed.marker.evaluate({"extra": extra or ""})
        if applies and needed.name not in seen:
            seen.add(needed.name)
            yield _package(needed.name, str(needed.specifier), extra)


def _package(name: str, bound: str, extra: str | None) -> Check:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        if extra:
            return Check(name, "missing", f"extra {extra}", pip_line(extra))
        return Check(name, "broken", "is not installed", f"pip install '{name}{bound}'")
    try:
        import_module(_MODULES.get(name.lower(), name))
    except Exception as error:  # noqa: BLE001  whatever it is, it is what is reported
        text = f"{version} cannot be imported: {error}"
        shared = "shared object" in text
        return Check(name, "broken", text, _LIBRARIES if shared else f"reinstall {name}")
    return Check(name, "ok", version)


def display() -> Check:
    """Return whether the viewer can open a window."""
    try:
        metadata.version("napari")
    except metadata.PackageNotFoundError:
        return Check("display", "missing", "no viewer", pip_line("napari"))
    if no_display():
        text = "none; commands and functions work, the viewer does not open"
        return Check("display", "note", text, "log in with a desktop, by ssh -X, or use xvfb-run")
    probe = [sys.executable, "-m", "covoxel.gui.viewer.display_check"]
    try:
        run = subprocess.run(probe, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Check("display", "broken", "does not answer", "check DISPLAY, or log in again")
    if run.returncode:
        lines = [line for line in run.stderr.splitlines() if line.strip()] or ["Qt ended"]
        text = lines[0] if "qt.qpa" in lines[0] else lines[-1]
        fixes = (fix for words, fix in _FIXES.items() if words in run.stderr)
        return Check("display", "broken", text, next(fixes, _DRIVER))
    return Check("display", "ok", run.stdout.strip())


def compiler() -> Check:
    """Return whether compiled functions can be kept on disk."""
    from covoxel.intensity.survey_kernels import all_whole

    kernel: Any = all_whole
    folder = kernel.stats.cache_path
    if folder is None or not _writable(Path(folder)):
        text = "compiled functions cannot be kept: the first use takes some seconds at each start"
        fix = "set NUMBA_CACHE_DIR to a folder that can be written"
        return Check("compiler cache", "note", text, fix)
    return Check("compiler cache", "ok", str(folder))


def _writable(folder: Path) -> bool:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return os.access(there, os.W_OK)


def machine() -> Iterator[Check]:
    """Yield processors, memory and disk."""
    yield Check("processors", "ok", str(processors()))
    memory = free_memory()
    less = "close other programs, or measure planes and regions one by one"
    yield _amount("memory", memory, "free", less)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    yield _amount("disk", free, f"free in {folder}", "set TMPDIR to a larger disk")


def _amount(name: str, size: float, what: str, fix: str) -> Check:
    little = size < _LITTLE
    return Check(
        name, "note" if little else "ok", f"{in_words(size)} {what}", fix if little else ""
    )
