"""Saving never replaces a file that a layer of the viewer was read from."""

from types import SimpleNamespace

import pytest

from covoxel.gui.running import saving


def test_open_files_are_refused(tmp_path, monkeypatch):
    raw, other = tmp_path / "raw.tif", tmp_path / "other.json"
    raw.write_text("pixels")
    link = tmp_path / "link.json"
    link.symlink_to(raw)
    layers = [SimpleNamespace(source=SimpleNamespace(path=path)) for path in (str(raw), None)]
    viewer = SimpleNamespace(layers=layers)
    monkeypatch.setattr(saving.napari, "current_viewer", lambda: viewer)
    for path in (raw, link):
        with pytest.raises(ValueError, match="is an input"):
            saving.refuse_open_files(path)
    saving.refuse_open_files(other)
    monkeypatch.setattr(saving.napari, "current_viewer", lambda: None)
    saving.refuse_open_files(raw)
