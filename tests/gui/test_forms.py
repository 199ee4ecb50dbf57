"""Forms: a field for every option of every analysis, and what it is set to arrives."""

import dataclasses
from pathlib import Path

import pytest
from magicgui.widgets import ComboBox, Container
from napari.components import ViewerModel
from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QApplication, QCheckBox, QScrollArea, QToolTip

from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.delay import DELAY, DelayOptions
from covoxel.analysis.distance.analysis import DISTANCE
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.pages import page, page_url
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.gui.distance.form import DistanceForm
from covoxel.gui.forms.narrow import narrow
from covoxel.gui.forms.options_form import OptionsForm
from covoxel.gui.forms.page_links import PageLink
from covoxel.gui.register.form import TILED
from covoxel.thresholds.spec import MEANINGS as THRESHOLD_MEANINGS

#: Of every option a value that it does not start with.
OTHER = {
    MeasureOptions: {
        "measures": ("ranks", "manders"), "threshold1": "percentile:90.5",
        "threshold2": "control:stain.tif", "threshold_scope": "region", "background1": "rolling:20",
        "background2": "constant:3", "bleed_1to2": "share:0.2", "bleed_2to1": "control:other.tif",
        "like": "jacop", "per_plane": True, "pool_time": True, "memory_budget": 100_000,
    },
    DistanceOptions: {
        "model": "gaussian", "like": "ccc-2.2", "psf1": (0.3, 0.1, 0.125), "psf2": 0.15,
        "max_distance": 2.5, "fit_range": (0.1, 1.5), "components": 3, "bleed": False,
        "intervals": False,
    },
    CcfOptions: {
        "max_shift": (5, 20, 20), "extreme": "dip", "direction": (0.0, 1.0, 1.0), "fractions": True,
        "background1": "percentile:20", "background2": "none",
    },
    DelayOptions: {"time_step": 0.5, "max_delay": 12.0, "detrend": False},
    RegisterOptions: {
        "max_shift": (2, 10, 10), "transform": "affine", "method": "phase", "subpixel": False,
        "min_overlap": 0.5, "each": "plane", "drift": True,
    },
    FieldOptions: {"tile": (8, 32, 32), "overlap": 0.25, "max_shift": 4, "transform": "similarity"},
    MapOptions: {
        "kind": "beyond", "radius": (2, 7, 7), "unit": "um", "weights": "gaussian",
        "min_pixels": 12.0, "threshold1": "manual:7", "threshold2": "top:5", "register": True,
        "max_shift": 3,
    },
    CompareOptions: {
        "measures": ("ssim",), "bits": 12, "data_range": 255.0, "fit": "crop",
        "ssim_window": "gaussian", "win_size": 9,
    },
}  # fmt: skip
KINDS = list(OTHER)
CASES = [(kind, name) for kind in KINDS for name in OTHER[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_has_a_field_and_a_tooltip(qtbot, kind):
    form = OptionsForm(kind)
    assert set(form.fields) == {field.name for field in dataclasses.fields(kind)} == {*OTHER[kind]}
    for field in dataclasses.fields(kind):
        text = field.metadata["help"]
        assert form.fields[field.name].tooltip[1:].startswith(text[1:])


@pytest.mark.parametrize("name", ANALYSES)
def test_each_option_leads_to_its_page(qtbot, monkeypatch, name):
    declared = analysis(name)
    form, opened = OptionsForm(declared.options, inputs=declared.accepts.offered()), []
    monkeypatch.setattr("covoxel.gui.forms.page_links.open_page", opened.append)
    for link in form.native.findChildren(PageLink):
        part = link.parent()
        if isinstance(part, QCheckBox):
            (action,) = part.actions()
            action.trigger()
        else:
            assert "Click for the page" in part.toolTip()
            qtbot.mouseClick(part, Qt.MouseButton.LeftButton)
    rows = [row for row, *_ in form._rows]
    assert len(opened) >= len(rows) > 0
    assert set(opened) == {page_url(name, one) for one in form.fields}
    docs = Path(__file__).parents[2] / "docs"
    for one in form.fields:
        path = docs / page(name, one)
        assert path.with_suffix(".md").is_file() or (path / "index.md").is_file()
        assert page(name, one) in page_url(name, one)


@pytest.mark.parametrize("kind", OTHER)
def test_each_choice_has_a_sentence_of_its_own(kind):
    for field in dataclasses.fields(kind):
        about = field.metadata
        offered = about.get("methods") or about.get("names") or about.get("choices", ())
        texts = THRESHOLD_MEANINGS if "methods" in about else about.get("meanings", offered)
        given = [texts[one.partition(":")[0]] for one in offered]
        assert all(given)
        assert len({*given}) == len(given)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_a_field_is_set_to_arrives(qtbot, kind, name):
    form, other = OptionsForm(kind), OTHER[kind][name]
    when = kind.__dataclass_fields__[name].metadata.get("when")
    if when is not None:
        form.fields[when[0]].value = when[1][0]
    before, heard = form.read_options(), []
    form.changed.connect(lambda: heard.append(form.changes()))
    assert getattr(before, name) != other
    form.fields[name].value = other
    assert form.read_options() == dataclasses.replace(before, **{name: other})
    assert name in heard[-1]
    form.set_defaults()
    assert form.changes() == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_named_like_an_attribute_of_what_holds_it(kind):
    taken = {*dir(Container), *dir(QScrollArea)} & {*OTHER[kind]}
    assert not taken


def test_options_that_do_not_count_are_hidden_and_as_by_default(qtbot):
    form = OptionsForm(DistanceOptions)
    form.max_distance.value = 3.0
    form.like.value = "ccc-2.3"
    assert not form.max_distance.native.isVisibleTo(form.native)
    assert form.read_options() == DistanceOptions(like="ccc-2.3")
    form.like.value = None
    assert form.max_distance.native.isVisibleTo(form.native)
    assert form.read_options().max_distance == 3


def test_what_is_folded_and_changed_is_counted(qtbot):
    form = OptionsForm(RegisterOptions)
    assert not form.drift.native.isVisibleTo(form.native)
    assert form.more.text() == "more"
    form.drift.value = True
    assert form.more.text() == "more (1 changed)"
    form.unfold()
    assert form.drift.native.isVisibleTo(form.native)
    assert form.more.text() == "more"
    form.restore.click()
    assert form.read_options() == RegisterOptions()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "text", "said"),
    [
        (DistanceOptions, "max_distance", "far", "Largest distance is 'far'; a number is needed"),
        (DistanceOptions, "max_distance", "1,2", "Largest distance is '1,2'; a number is needed"),
        (DistanceOptions, "psf1", "0", "PSF 1 is 0"),
        (RegisterOptions, "max_shift", "2.5", "Largest shift is 2.5; an integer is needed"),
        (FieldOptions, "tile", "wide", "Tile is 'wide'; numbers are needed"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_label(qtbot, kind, name, text, said):
    form = OptionsForm(kind)
    form.fields[name].line.value = text
    form.fields[name].line.native.editingFinished.emit()
    with pytest.raises(ValueError, match=said):
        form.read_options()


def test_an_open_end_of_a_range(qtbot):
    form = OptionsForm(DistanceOptions)
    form.fit_range.high.value = 1.5
    assert form.read_options().fit_range == (0, 1.5)
    form.fit_range.high.value, form.fit_range.low.value = None, 0.5
    with pytest.raises(ValueError, match=r"Range fitted is '0\.5 to '"):
        form.read_options()


def test_units_of_lengths_follow_the_image(qtbot):
    form = OptionsForm(DistanceOptions)
    labels = [label.value for what, label in form._units if what == "length"]
    assert set(labels) == {"µm"}
    form.show_units(length="px")
    assert {label.value for what, label in form._units if what == "length"} == {"px"}
    assert len(labels) == 3


def test_a_method_with_a_file_asks_for_it(qtbot, monkeypatch):
    where = "covoxel.gui.forms.fields.QFileDialog.getOpenFileName"
    monkeypatch.setattr(where, lambda *_: ("stain.tif", ""))
    form = OptionsForm(MeasureOptions)
    form.bleed_2to1.choose_file()
    assert form.read_options().bleed_2to1 == "control:stain.tif"
    form.bleed_2to1.method.value = "share"
    assert form.read_options().bleed_2to1 == "share:0.1"


def test_a_bare_number_is_a_method_and_an_unknown_one_refused(qtbot):
    form = OptionsForm(MeasureOptions)
    form.threshold1.value = 120
    assert form.threshold1.value == "manual:120"
    with pytest.raises(ValueError, match="Threshold 1 is 'otso'; allowed are none, costes,"):
        form.threshold1.value = "otso"


def test_single_columns_can_be_measured_too(qtbot):
    form = OptionsForm(MeasureOptions)
    form.measures.value = ("tm1", "correlation")
    assert set(form.read_options().measures) == {"tm1", "correlation"}


@pytest.mark.slow
@pytest.mark.parametrize(("section", "analysis"), [("distances", DISTANCE), ("delays", DELAY)])
def test_inputs_are_offered_as_declared(section, analysis):
    form = getattr(DistanceForm(ViewerModel()), section)
    assert tuple(form.inputs()) == analysis.accepts.offered() == ("per_plane",)
    assert form.inputs() == {"per_plane": False}
    form.per_plane.value = True
    assert form.inputs() == {"per_plane": True}
    assert form.changes() == ["per_plane"]
    assert not hasattr(form.read_options(), "per_plane")
    form.set_defaults()
    assert form.inputs() == {"per_plane": False}


def test_the_page_on_the_viewer_names_a_field_as_its_widget_does():
    page = Path(__file__).parents[2].joinpath("docs", "viewer.md").read_text(encoding="utf-8")
    assert f"*{TILED}*" in page


def test_a_choice_that_is_made_by_itself_loses_its_auto_first(qtbot):
    boxes = [ComboBox(choices=[text]) for text in ("auto: otsu", "otsu")]
    for box in boxes:
        narrow(box, "")
        qtbot.addWidget(box.native)
        box.native.resize(70, 24)
    one, other = (box.native.grab().toImage() for box in boxes)
    assert one == other
    boxes[0].native.resize(140, 24)
    assert boxes[0].native.grab().toImage() != one


def test_long_names_are_elided_in_the_middle_and_whole_in_the_tooltip(qtbot):
    name = "Experiment 7, position 12, green"

    boxes = [
        ComboBox(choices=[text, "other"], tooltip="channel 1")
        for text in (name, *(f"{name[:i]}…{name[-i:]}" for i in range(1, 7)))
    ]
    for box in boxes:
        narrow(box, "Channel 1")
        qtbot.addWidget(box.native)
        box.native.resize(85, 26)
    long, *elided = (box.native.grab().toImage() for box in boxes)
    assert long in elided
    asked = QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(boxes[0].native, asked)
    assert QToolTip.text() == f"{name}\nchannel 1"
