"""An analysis of one file and one line in the registry has all that is made from others."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from covoxel.analysis import registry
from covoxel.image.channel import Channel
from covoxel.io.write import write_channels

FILE = Path(__file__).parents[1] / "analysis" / "toy.py"


@pytest.fixture
def toy(monkeypatch):
    """The module of the analysis, with its line in the registry."""
    spec = importlib.util.spec_from_file_location("covoxel_toy", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "covoxel_toy", module)
    spec.loader.exec_module(module)
    monkeypatch.setitem(registry.ANALYSES, "toy", "covoxel_toy")
    registry.analysis.cache_clear()
    yield module
    registry.analysis.cache_clear()


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return rng.poisson(20, (2, 32, 32)).astype(np.uint16)


@pytest.mark.slow
def test_one_declaration_makes_function_command_recipe_widget_and_table(
    toy, images, tmp_path, viewer, qtbot
):
    from covoxel.analysis.public import compare_brightness
    from covoxel.cli.command import command_of

    expected = compare_brightness(*images, factor=1.2).table
    assert len(expected) == 1
    assert 0 < expected["brighter"].iat[0] < 0.5

    path = write_channels(tmp_path / "a.ome.tif", [Channel(one, "YX") for one in images])
    app = typer.Typer()
    app.command("toy")(command_of(registry.analysis("toy")))
    app.command("other")(lambda: None)
    ran = CliRunner().invoke(
        app, ["toy", str(path), "--factor", "1.2", "--out", str(tmp_path / "out")]
    )
    assert ran.exit_code == 0, ran.output
    assert "brighter" in ran.output
    written = pd.read_csv(tmp_path / "out" / "toy.csv")
    assert written["brighter"].iat[0] == pytest.approx(expected["brighter"].iat[0], rel=1e-15)

    from covoxel.batch import recipe_from

    sections = {"images": {"pattern": "{name}.tif"}, "toy": {"factor": 1.2}}
    (step,) = recipe_from({"recipe": 1, **sections}, tmp_path).steps
    assert step.options == toy.ToyOptions(factor=1.2)

    from covoxel.gui import analysis_widget

    for name, image in zip("ab", images, strict=True):
        viewer.add_image(image, name=name)
    widget = analysis_widget.toy(viewer)
    qtbot.addWidget(widget)
    widget.factor.value = 1.2
    assert widget.run().table["brighter"].tolist() == expected["brighter"].tolist()
    qtbot.waitUntil(lambda: any("Brightness" in layer.name for layer in viewer.layers))
    (table,) = [layer for layer in viewer.layers if "Brightness" in layer.name]
    assert table.features["brighter"].tolist() == expected["brighter"].tolist()
    assert "brighter" in widget.numbers.text()
    assert not widget.outdated.text()
    widget.per_plane.value = True
    assert "options chosen before" in widget.outdated.text()
