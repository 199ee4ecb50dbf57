"""The manifest: what it names exists."""

from pathlib import Path

import npe2
import pytest
import yaml

from covoxel.io.formats import SUFFIXES
from covoxel.simulate import SAMPLES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest() -> npe2.PluginManifest:
    return npe2.PluginManifest.from_distribution("covoxel")


def test_the_root_links_to_the_one_in_the_package(manifest):
    link = ROOT / "napari.yaml"
    assert link.resolve() == ROOT / "src" / "covoxel" / "napari.yaml"
    told = yaml.safe_load(link.read_text(encoding="utf-8"))
    assert told["name"] == manifest.name == "covoxel"
    # other names would give two docks, one by each
    assert manifest.display_name == manifest.name


def test_what_it_names_can_be_imported(manifest):
    manifest.validate_imports()
    commands = {command.id for command in manifest.contributions.commands}
    used = [one.command for one in manifest.contributions.readers]
    used += [sample.command for sample in manifest.contributions.sample_data]
    assert set(used) <= commands


def test_the_reader_is_asked_for_every_format(manifest):
    (reader,) = manifest.contributions.readers
    assert {pattern.removeprefix("*") for pattern in reader.filename_patterns} == set(SUFFIXES)
    assert reader.accepts_directories  # NDTiff sets and OME-Zarr; the reader takes no others


def test_all_samples_are_in_the_menu(manifest):
    keys = {sample.key for sample in manifest.contributions.sample_data}
    assert keys == {name.removesuffix(".tif").removesuffix(".ome") for name in SAMPLES}


def test_capital_suffixes_find_the_reader(manifest):
    manager = npe2.PluginManager()
    manager.register(manifest)
    found = [reader.command for reader in manager.iter_compatible_readers(["IMAGE.OME.TIF"])]
    assert "covoxel.get_reader" in found
