"""covoxel doctor: what works here, what is missing, and what is broken."""

import json
from importlib import metadata

import pytest

from covoxel.cli import doctor


@pytest.fixture
def checks(run, monkeypatch):
    """Run it without a display; return its exit status and its checks by name."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def call():
        called = run("doctor", "--json")
        found = {one["name"]: one for one in json.loads(called.out)["checks"]}
        return called.code, found

    return call


@pytest.mark.slow
def test_what_is_installed_works(run):
    called = run("doctor")
    assert called.code == 0, called.out
    lines = {line.split()[1]: line for line in called.out.splitlines() if line.split()[0] == "ok"}
    assert {"covoxel", "python", "numpy", "napari", "display", "processors", "memory"} <= {*lines}
    assert "OpenGL" in lines["display"]


@pytest.mark.slow
def test_no_display_is_no_fault(checks):
    code, found = checks()
    assert code == 0
    assert found["display"]["state"] == "note"
    assert "xvfb-run" in found["display"]["fix"]


def test_a_missing_extra_has_its_pip_line(checks, monkeypatch):
    installed = metadata.version

    def version(name):
        if name in ("pyarrow", "napari", "liffile"):
            raise metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    code, found = checks()
    assert code == 0
    assert found["pyarrow"]["state"] == "missing"
    assert found["pyarrow"]["fix"] == "pip install 'covoxel[parquet]'"
    assert found["liffile"]["fix"] == "pip install 'covoxel[lif]'"
    assert found["display"]["fix"] == "pip install 'covoxel[napari]'"


def test_what_is_broken_is_named_and_fails(checks, monkeypatch):
    imported = doctor.import_module

    def importing(name):
        if name == "PyQt6.QtWidgets":
            msg = "libGL.so.1: cannot open shared object file: No such file or directory"
            raise ImportError(msg)
        return imported(name)

    monkeypatch.setattr(doctor, "import_module", importing)
    monkeypatch.setattr(doctor, "_writable", lambda _: False)
    code, found = checks()
    assert code == 1
    (broken,) = (one for one in found.values() if one["state"] == "broken")
    assert "libGL.so.1" in broken["text"]
    assert "libgl1" in broken["fix"]
    assert "NUMBA_CACHE_DIR" in found["compiler cache"]["fix"]


@pytest.mark.slow
def test_a_display_that_does_not_answer_is_broken(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":9999")
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    found = doctor.display()
    assert found.state == "broken"
    assert "could not connect" in found.text
    assert "DISPLAY" in found.fix
