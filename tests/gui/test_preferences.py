"""The plugin's page in napari's preferences, and what becomes of what is set there."""

import subprocess
import sys
from dataclasses import asdict

import napari.settings
import pytest
from qtpy.QtWidgets import QComboBox, QLineEdit

from covoxel.gui.preferences import Preferences, preferences

TOLD = "from covoxel.gui.preferences import preferences; print(preferences())"


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """The plugin's settings, kept in a folder of the test."""
    monkeypatch.setattr(napari.settings, "_CFG_PATH", tmp_path / "settings.yaml")
    napari.settings._clear_plugin_settings_cache()
    yield lambda: napari.settings.get_plugin_settings("covoxel")
    napari.settings._clear_plugin_settings_cache()


def in_a_fresh_process(folder):
    run = subprocess.run(
        [sys.executable, "-c", TOLD],
        env={"NAPARI_CONFIG": str(folder / "settings.yaml"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.slow
def test_the_manifest_and_the_class_have_the_same_defaults(settings):
    told = settings().measure.model_dump()
    assert preferences() == Preferences()
    assert told | {"measures": tuple(told["measures"].split(","))} == asdict(Preferences())


def test_what_is_set_is_told(settings):
    settings().measure.measures = "correlation, tm1"
    settings().measure.threshold = "percentile:95"
    settings().measure.mask_color = "orange"
    told = Preferences(("correlation", "tm1"), "percentile:95", mask_color="orange")
    assert preferences() == told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("measures", "correlation,luck"), ("measures", ""), ("threshold", "ots"),
     ("threshold", "percentile:200"), ("background", "rolling:0"), ("background", "costes")],
)  # fmt: skip
def test_what_is_not_allowed_is_as_if_not_set(settings, name, value):
    setattr(settings().measure, name, value)
    settings().measure.color2 = "cyan"
    assert preferences() == Preferences(color2="cyan")


def test_an_older_napari_has_no_settings_of_plugins(monkeypatch):
    monkeypatch.delattr(napari.settings, "get_plugin_settings")
    assert preferences() == Preferences()


def test_a_plugin_that_is_switched_off_has_no_settings(monkeypatch):
    monkeypatch.setattr(napari.settings, "_PLUGIN_SETTINGS", {"another": object()})
    assert preferences() == Preferences()


@pytest.mark.slow
def test_the_page_is_shown_and_what_is_changed_there_is_remembered(
    make_napari_viewer, settings, tmp_path
):
    viewer = make_napari_viewer()
    napari.settings._clear_plugin_settings_cache()
    dialog = viewer.window._open_preferences_dialog()
    names = [dialog._list.item(i).text() for i in range(dialog._list.count())]
    page = dialog._stack.widget(names.index("covoxel"))
    threshold = next(one for one in page.findChildren(QLineEdit) if one.text() == "otsu")
    mask = next(one for one in page.findChildren(QComboBox) if one.currentText() == "yellow")
    threshold.setText("top:10")
    mask.setCurrentText("white")
    dialog.accept()
    assert preferences() == Preferences(threshold="top:10", mask_color="white")
    assert in_a_fresh_process(tmp_path) == str(Preferences(threshold="top:10", mask_color="white"))
