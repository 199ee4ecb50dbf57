"""The plugin, its manifest and its samples are found however Covoxel is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

ROOT = Path(__file__).parents[1]
MANIFEST = "src/covoxel/napari.yaml"
ALONE = ["--no-deps", "--no-build-isolation"]
PROBE = """
import json
from importlib.metadata import distribution
from npe2 import PluginManifest
import covoxel
from covoxel.io.samples import sample_path
manifest = PluginManifest.from_distribution("covoxel")
print(json.dumps({
    "package": covoxel.__file__,
    "metadata": str(distribution("covoxel").locate_file("")),
    "name": manifest.name,
    "readme": distribution("covoxel").metadata["Description"],
    "readers": [reader.command for reader in manifest.contributions.readers],
    "sample": str(sample_path("two_channel_cells.ome.tif")),
}))
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Output of a command; a failure shows what it wrote."""
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hatchling(source: Path, target: str) -> Path:
    """Build one distribution of `source`."""
    dist = source / "dist"
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", dist, cwd=source)
    (built,) = dist.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def uv_install(python: Path, *what: str | Path) -> None:
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", python, "--offline", *ALONE]
    run(*uv, *what)


def pip_editable(python: Path, source: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", *ALONE]
    run(*pip, "--editable", source)


def uv_editable(python: Path, source: Path) -> None:
    uv_install(python, "--editable", source)


def wheel(python: Path, source: Path) -> None:
    built = hatchling(source, "wheel")
    shutil.rmtree(source / "src")
    uv_install(python, built)


def sdist(python: Path, source: Path) -> None:
    built = hatchling(source, "sdist")
    shutil.rmtree(source / "src")
    uv_install(python, built)


def linked(source: Path) -> None:
    """Keep the root manifest a link, as git does where links exist."""
    (source / "napari.yaml").unlink(missing_ok=True)
    (source / "napari.yaml").symlink_to(MANIFEST)


def zipped(source: Path) -> None:
    """Pack and unpack as a source zip, which turns the link into a file that names its target."""
    (source / "napari.yaml").unlink(missing_ok=True)
    (source / "napari.yaml").write_text(MANIFEST)
    archive = source.with_suffix(".zip")
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for path in source.rglob("*"):
            packed.write(path, path.relative_to(source))
    shutil.rmtree(source)
    with ZipFile(archive) as packed:
        packed.extractall(source)


def unlinked(source: Path) -> None:
    """Drop the link, as some unpackers do."""
    (source / "napari.yaml").unlink(missing_ok=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Copy the checkout without git, environments and leftovers."""
    left_out = shutil.ignore_patterns(
        ".git",
        ".venv*",
        ".*_cache",
        ".hypothesis",
        "__pycache__",
        "covoxel-results",
        "dist",
        "site",
    )
    copy = tmp_path / "covoxel-source"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=left_out)
    return copy


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Interpreter of a fresh environment that borrows this one's libraries, Covoxel excepted."""
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=os.name != "nt")
    (packages,) = folder.glob("[Ll]ib/**/site-packages")
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arrive", "install"),
    [
        *((linked, pip_editable), (zipped, uv_editable), (unlinked, pip_editable)),
        *((linked, wheel), (unlinked, wheel), (zipped, sdist)),
    ],
)
def test_plugin_is_found(
    source: Path,
    python: Path,
    tmp_path: Path,
    arrive: Callable[[Path], None],
    install: Callable[[Path, Path], None],
) -> None:
    arrive(source)
    install(python, source)
    found = json.loads(run(python, "-c", PROBE, cwd=tmp_path))
    assert found["name"] == "covoxel"
    assert found["readers"]
    assert "](https://" in found["readme"]
    assert not re.findall(r"\]\((?!https://)", found["readme"])
    home = source / "src" if "editable" in install.__name__ else tmp_path / "environment"
    assert Path(found["package"]).is_relative_to(home)
    assert Path(found["metadata"]).is_relative_to(tmp_path / "environment")
    assert Path(found["sample"]).is_relative_to(
        source if "editable" in install.__name__ else tmp_path / "environment"
    )
    assert Path(found["sample"]).is_file()


def test_root_manifest_leads_to_the_real_one() -> None:
    root = ROOT / "napari.yaml"
    assert (str(root.readlink()) if root.is_symlink() else root.read_text()) == MANIFEST


@pytest.mark.slow
def test_sdist_holds_what_a_developer_needs(source: Path) -> None:
    with tarfile.open(hatchling(source, "sdist")) as archive:
        held = {Path(*Path(name).parts[1:]).as_posix() for name in archive.getnames()}
    for path in ("README.md", "LICENSE", "CHANGELOG.md", MANIFEST, "napari.yaml"):
        assert path in held
    for folder in ("tests", "sample_data", "scripts", "benchmarks"):
        assert any(name.startswith(f"{folder}/") for name in held), folder


def test_import_is_light() -> None:
    heavy = {"qtpy", "PyQt6", "PySide6", "napari", "pandas", "dask", "numba", "matplotlib"}
    loaded = run(sys.executable, "-c", "import covoxel, sys; print(*sys.modules)").split()
    assert "covoxel" in loaded
    assert not heavy & set(loaded)
