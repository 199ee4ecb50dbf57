"""The public names: where they are, and that loading the package loads none of them."""

import inspect
import pkgutil
import runpy
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import covoxel
from covoxel.analysis.registry import ANALYSES, analysis

NAMESPACES = [name for name in covoxel.__all__ if inspect.ismodule(getattr(covoxel, name))]
NAMES = [
    *(f"covoxel.{name}" for name in covoxel.__all__ if name not in NAMESPACES),
    *(f"covoxel.{one}.{name}" for one in NAMESPACES for name in getattr(covoxel, one).__all__),
]
STUB = Path(__file__).parents[1] / "scripts" / "derived.py"


def test_public_names_are_documented():
    parts = [name.rpartition(".") for name in NAMES]
    found = {(room, name): getattr(import_module(room), name) for room, _, name in parts}
    assert not [name for name, one in found.items() if not inspect.getdoc(one)]


def test_the_top_holds_few_names():
    assert {"intensity", "registration", "analysis"} <= {*NAMESPACES}
    assert len(covoxel.__all__) - len(NAMESPACES) <= 40


@pytest.mark.parametrize("name", ANALYSES)
def test_the_top_holds_every_analysis(name):
    declared = analysis(name)
    assert getattr(covoxel, declared.options.__name__) is declared.options
    assert getattr(covoxel, declared.function).__doc__
    assert getattr(covoxel.analysis, declared.result.__name__) is declared.result


def test_no_module_takes_the_place_of_a_function():
    for room in (getattr(covoxel, name) for name in NAMESPACES):
        modules = {one.name for one in pkgutil.iter_modules(room.__path__)}
        assert not modules & {*room.__all__}, room


#: Steps of one process, and what none before the next may have loaded.
LIGHT = {
    "import sys, covoxel": "numpy scipy pandas skimage napari qtpy matplotlib numba",
    "import covoxel.io": "tifffile pandas",
    "from covoxel.cli import main": "pandas matplotlib napari dask tifffile",
    "try: main(['map', '--help'])\nexcept SystemExit: pass": "numba pandas scipy.ndimage tifffile",
    "covoxel.local.local_correlation, covoxel.local.intensity_maps, covoxel.map_channels": "numba",
}


@pytest.fixture(scope="module")
def loaded():
    """By step, the names of the modules that are loaded after it."""
    code = "\n".join(f"{step}\nprint('loaded', *sys.modules)" for step in LIGHT)
    run = [sys.executable, "-c", code]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    lines = [line for line in printed.splitlines() if line.startswith("loaded")]
    return dict(zip(LIGHT, (set(line.split()) for line in lines), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("step", LIGHT)
def test_what_is_not_needed_yet_is_not_loaded(loaded, step):
    assert "covoxel" in loaded[step]
    assert not loaded[step] & {*LIGHT[step].split()}


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(AttributeError, match="peerson"):
        _ = covoxel.intensity.peerson
    with pytest.raises(AttributeError, match="distance_channel"):
        _ = covoxel.analysis.public.distance_channel


def test_static_files_follow_from_the_declarations():
    written = runpy.run_path(str(STUB))
    for path, made in (("STUB", "stub"), ("SCHEMA", "schema")):
        assert written[path].read_text(encoding="utf-8") == written[made]()
    for path, made in (("NAMES", "names"), ("MANIFEST", "manifest"), ("RECIPES", "options")):
        text = written[path].read_text(encoding="utf-8")
        assert written[made](text) == text
    for path in written["DOCS"].rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert written["columns"](text, written["page_of"](path)) == text, path
