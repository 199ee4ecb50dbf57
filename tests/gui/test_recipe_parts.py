"""Every widget saves its options as part of a recipe, and loads them."""

from functools import partial

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from qtpy.QtWidgets import QFileDialog

from covoxel import MeasureOptions
from covoxel.analysis.registry import analysis
from covoxel.batch import find_images, read_recipe
from covoxel.gui.analysis_widget import AnalysisForm
from covoxel.gui.compare.form import CompareForm
from covoxel.gui.distance.form import DistanceForm
from covoxel.gui.forms.recipe_parts import load_form, save_form
from covoxel.gui.groups.recipe import load_groups, save_groups
from covoxel.gui.groups.widget import GroupsWidget
from covoxel.gui.map.form import MapForm
from covoxel.gui.measure.form import MeasureForm
from covoxel.gui.objects.form import ObjectsForm
from covoxel.gui.register.form import RegisterForm
from covoxel.gui.running.recipe_button import RecipeButton
from covoxel.io.samples import sample_path

CELLS = sample_path("two_channel_cells.ome.tif")
FORMS = {
    "measure": (MeasureForm, {"threshold1": "percentile:90", "like": "jacop"}),
    "register": (RegisterForm, {"max_shift": 7, "subpixel": False}),
    "field": (RegisterForm, {"tile": (32, 64), "overlap": 0.25}),
    "distance": (DistanceForm, {"psf1": (0.3, 0.2, 0.2), "fit_range": (0.1, 0.9)}),
    "objects": (ObjectsForm, {"find1": "spots", "spot_contrast": 5.0}),
    "map": (MapForm, {"kind": "manders1", "threshold2": "li", "radius": 7.0}),
    "compare": (CompareForm, {"measures": ("ssim",), "bits": 8}),
    "ccf": (partial(AnalysisForm, analysis("ccf")), {"fractions": True, "background1": "mode"}),
    "delay": (partial(AnalysisForm, analysis("delay")), {"detrend": False}),
    "repeats": (partial(AnalysisForm, analysis("repeats")), {"block": (8, 16)}),
}


@pytest.fixture
def viewer(model, open_file):
    open_file(model, CELLS)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_options_are_saved_and_loaded(qapp, viewer, tmp_path, name):
    kind, changes = FORMS[name]
    form, path = kind(viewer), tmp_path / "recipe.toml"
    options = analysis(name).options(**changes)
    form.show_options(options)
    assert form.read_options() == options
    assert save_form(form, path).startswith(f"Saved as [{name}] in recipe.toml; check [images]")
    form.show_options(analysis(name).options())
    assert load_form(form, path) == f"Loaded [{name}] from recipe.toml."
    assert form.read_options() == options
    (image,) = find_images(read_recipe(path))
    assert image.files[0].resolve() == CELLS.resolve()


@pytest.mark.slow
def test_other_sections_and_comments_stay(qapp, viewer, tmp_path):
    path = tmp_path / "recipe.toml"
    begin = "recipe = 1\n[images]\nfiles = ['a.tif'] # mine\n[distance]\npsf1 = 0.2\n"
    path.write_text(f"{begin}[measure]\nper_plane = true\n")
    form = MeasureForm(viewer)
    form.show_options(MeasureOptions(threshold1=f"control:{tmp_path / 'neg.tif'}"))
    assert save_form(form, path) == "Saved as [measure] in recipe.toml."
    text = path.read_text()
    assert text.startswith(begin)
    recipe = read_recipe(path)
    assert recipe.steps[1].options == MeasureOptions(threshold1="control:neg.tif")
    load_form(form, path)
    assert form.read_options().threshold1 == f"control:{tmp_path / 'neg.tif'}"
    with pytest.raises(ValueError, match="its analyses are distance, measure"):
        load_form(MapForm(viewer), path)


def test_layers_of_a_recipe_are_chosen_or_named(qapp, viewer, tmp_path):
    labels = viewer.add_labels(np.ones((12, 192, 192), int), name="mine")
    labels.metadata["covoxel"] = {"source": {"path": str(tmp_path / "day1_cells.tif")}}
    first, second = (layer.name for layer in list(viewer.layers)[:2])
    form, path = MeasureForm(viewer), tmp_path / "recipe.toml"
    begin = f"recipe = 1\n[images]\npattern = '{{day}}.tif'\n[channels]\nuse = ['{second}', 1]\n"
    path.write_text(f"{begin}[regions]\nlabels = '{{day}}_cells.tif'\n[measure]\n")
    assert load_form(form, path) == "Loaded [measure] from recipe.toml."
    assert [form.image1.value.name, form.image2.value.name] == [second, first]
    assert form.regions.value is labels
    path.write_text(f"{begin}[regions]\nlabels = 'nuclei.tif'\n[measure]\n".replace("1]", "3]"))
    assert load_form(form, path).endswith("Not among the layers: channel 3; nuclei.tif.")


def test_layers_of_two_files_are_a_pattern(qapp, model, open_file, tmp_path):
    for name in ("cell_GFP.tif", "cell_RFP.tif", "cell_labels.tif"):
        tifffile.imwrite(tmp_path / name, np.eye(32, dtype=np.uint16))
    for name in ("cell_GFP.tif", "cell_RFP.tif"):
        open_file(model, tmp_path / name)
    save_form(MeasureForm(model), tmp_path / "recipe.toml")
    (image,) = find_images(read_recipe(tmp_path / "recipe.toml"))
    assert image.channel_names == ("GFP", "RFP")


@pytest.mark.slow
def test_layers_without_files_are_said(qapp, tmp_path):
    viewer = ViewerModel()
    for name in ("a", "b"):
        viewer.add_image(np.eye(32), name=name)
    assert "check [images]" in save_form(MeasureForm(viewer), tmp_path / "recipe.toml")
    assert read_recipe(tmp_path / "recipe.toml").images.files == ("**/*.tif",)


def test_the_button_acts_and_reports(qtbot, tmp_path, monkeypatch):
    done, path = [], tmp_path / "recipe"
    button = RecipeButton(lambda one: f"saved {one.name}", read_recipe, done.append)
    qtbot.addWidget(button)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    for action in button.menu().actions():
        action.trigger()
    assert done[0] == "saved recipe.toml"
    assert "recipe" in done[1]


def test_groups_are_saved_to_a_recipe_and_loaded(qtbot, tmp_path):
    path, widget = tmp_path / "recipe.toml", GroupsWidget(ViewerModel())
    qtbot.addWidget(widget)
    rows = [f"{drug},{day},0.{i}" for drug in "ab" for day in (1, 2, 3) for i in (3, 4)]
    (tmp_path / "t.csv").write_text("\n".join(["drug,day,pearson", *rows]))
    widget.open(tmp_path / "t.csv")
    widget.form.options_form.set_values({"test": "permutation", "control": "a"})
    with pytest.raises(ValueError, match="is not there"):
        save_groups(widget.form, path)
    path.write_text("recipe = 1\n[images]\npattern = '{drug}_{day}.tif'\n[measure]\n")
    assert save_groups(widget.form, path) == "Saved as [groups] in recipe.toml."
    groups = read_recipe(path).groups
    assert (groups.compare, groups.unit, groups.values) == ("drug", "day", ("pearson",))
    widget.form.options_form.set_defaults()
    load_groups(widget.form, path)
    assert widget.form.options_form.read_options().test == "permutation"
