"""Reports of every analysis: what they say, and that they come back from files."""

import dataclasses
import json
import re
from functools import cache

import html5lib
import numpy as np
import pandas as pd
import pytest

import covoxel as cx
from covoxel.analysis import saved
from covoxel.analysis.provenance import provenance, sha256
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.analysis.reporting.methods import methods_text, references, setting_rows
from covoxel.analysis.reporting.sections import report_blocks
from covoxel.analysis.reporting.verdict import verdict
from covoxel.analysis.saved import read_results
from covoxel.io.write import write_channels
from covoxel.report.page import render

SHAPE = (48, 56)
#: What each analysis needs besides two images.
GIVEN = {
    "measure": {"measures": ("default", "significance")},
    "distance": {"intervals": False, "max_distance": 1.0},
    "ccf": {"max_shift": 6},
    "delay": {"time_step": 2.0},
    "objects": {"min_size": 3, "null": "none"},
    "map": {"radius": 3},
    "field": {"tile": 24, "max_shift": 4},
    "register": {"max_shift": 6},
    "compare": {"measures": "rmse,ssim"},
    "repeats": {"block": (8, 8)},
    "find": {"threshold": 0.5},
}


@cache
def pair(frames: int = 1):
    found = cx.simulate_pair(shape=SHAPE, n_frames=frames, n_spots1=40, n_shared=30, rng=2)
    return found.channel1, found.channel2


@cache
def result(name: str):
    first, second = pair(8 if name == "delay" else 1)
    declared = analysis(name)
    images = ([first, second],) if name == "repeats" else (first, second)
    if name == "find":
        images = first, first.read()[8:20, 8:20]
    return declared.run(*images, **GIVEN[name])


def record_of(name: str):
    found = result(name)
    return provenance(found.table, found.channels, None, found.analysis.main.columns)


@pytest.fixture(params=sorted(ANALYSES))
def name(request):
    return request.param


@pytest.mark.slow
def test_every_analysis_has_a_report(name, tmp_path):
    path = result(name).report(tmp_path / "a.html")
    html = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    for word in ("Methods", "Settings", "Cautions", "QUAREP-LiMi", "data:image/png;base64,"):
        assert word in html
    assert str(tmp_path) not in html


@pytest.mark.slow
def test_a_report_of_files_is_that_of_the_result(name, tmp_path):
    found = result(name)
    found.save(tmp_path)
    (reported,) = read_results(tmp_path)
    assert reported.verdict == verdict(found.analysis, found.table)
    assert reported.images.reason.endswith("was in memory")
    for table, read in reported.result.tables.items():
        pd.testing.assert_frame_equal(
            found.tables[table].map(plain), read.map(plain), check_dtype=False
        )
    html5lib.HTMLParser(strict=True).parse(render(*report_blocks([reported])))


@pytest.mark.slow
def test_a_folder_or_a_table_gives_the_same_bytes(tmp_path):
    result("ccf").save(tmp_path)
    page = render(*report_blocks(read_results(tmp_path)))
    assert render(*report_blocks(read_results(tmp_path / "ccf.csv"))) == page


def plain(value):
    """Return a cell as text holds it."""
    return "" if pd.isna(value) else str(value)


@pytest.mark.slow
def test_every_setting_has_a_meaning(name):
    rows = setting_rows(result(name).analysis, record_of(name))
    assert [label for label, _, meaning, _ in rows if not meaning] == []


@pytest.mark.slow
def test_methods_name_changed_options_and_references(name):
    found = result(name)
    text = methods_text(found.analysis, record_of(name))
    for option, _ in found.options.changes():
        field = next(f for f in dataclasses.fields(found.options) if f.name == option)
        assert f"{field.metadata['label']} = " in text
    for source in references(record_of(name)):
        assert source.replace("doi:", "https://doi.org/") in text
    assert f"Covoxel {cx.__version__}" in text
    assert "{" not in text


@pytest.mark.slow
def test_what_is_default_is_not_listed():
    found = cx.measure_ccf(*pair())
    record = provenance(found.table, found.channels, None, found.analysis.main.columns)
    assert "All settings were the defaults" in methods_text(found.analysis, record)


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", [{}, {"mask": np.eye(*SHAPE)}, {"labels": np.eye(*SHAPE, dtype=int)}]
)
@pytest.mark.parametrize("scope", ["image", "region"])
def test_the_usual_scope_of_thresholds_is_that_of_the_regions_given(given, scope):
    found = cx.measure(*pair(), **given, threshold_scope=scope)
    record = provenance(found.table, found.channels, None, found.analysis.main.columns)
    text = methods_text(found.analysis, record | {"regions": [*given]})
    assert ("Threshold scope" in text) == ((scope == "region") != bool(given))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ANALYSES))
def test_verdicts_have_numbers_and_no_adjectives(name):
    text = verdict(analysis(name), result(name).table)
    assert re.search(r"\d", text)
    assert not re.search(r"strong|weak|good|poor|high |significant", text)


def test_a_verdict_has_intervals_and_chance():
    text = verdict(analysis("measure"), result("measure").table)
    row = result("measure").table.iloc[0]
    assert f"Pearson's r of all pixels: {row['pearson']:.3f} (95 % interval" in text
    assert f"by chance {row['tm1_chance']:.3f}" in text
    assert "of Channel 1 where Channel 2 is above" in text


def test_a_verdict_on_several_rows_has_their_range():
    labels = np.zeros(SHAPE, int)
    labels[:, :20], labels[:, 20:] = 1, 2
    found = cx.measure(*pair(), labels=labels, measures="pearson")
    low, high = sorted(found.table["pearson"])
    text = verdict(found.analysis, found.table)
    assert text.startswith("Channel 1 and Channel 2, 2 regions – ")
    assert f"{low:.3f} to {high:.3f}, median {np.mean([low, high]):.3f}" in text


@pytest.mark.slow
def test_names_from_files_stay_text(tmp_path):
    first, second = (
        dataclasses.replace(one, name=name)
        for one, name in zip(pair(), ("<script>a</script>", "=1+\"'&"), strict=True)
    )
    found = cx.measure(first, second, measures="pearson,m1")
    found.save(tmp_path)
    found.report(tmp_path / "a.html")
    pages = [(tmp_path / "a.html").read_text("utf-8")]
    pages.append(render(*report_blocks(read_results(tmp_path))))
    for html in pages:
        html5lib.HTMLParser(strict=True).parse(html)
        assert html.count("<script") == 1
        assert "&lt;script&gt;a&lt;/script&gt; and =1+&#34;&#39;&amp;" in html


@pytest.mark.slow
def test_images_are_shown_where_their_hashes_are_equal(tmp_path, monkeypatch):
    image, out = tmp_path / "x.ome.tif", tmp_path / "out"
    write_channels(image, pair())
    cx.measure_ccf(*cx.read_image(image), max_shift=6).save(out)
    (reported,) = read_results(out)
    assert [one.name for one in reported.images.channels] == ["Channel 1", "Channel 2"]
    hashed = []
    with monkeypatch.context() as patch:
        patch.setattr(saved, "sha256", lambda path: hashed.append(path) or sha256(path))
        (reported,) = read_results(out)
    assert len(reported.images.channels) == 2
    assert hashed == [image]
    write_channels(image, pair()[::-1], overwrite=True)
    (reported,) = read_results(out)
    assert reported.images.reason == "x.ome.tif has changed since"
    image.unlink()
    (reported,) = read_results(out)
    assert reported.images.reason == "x.ome.tif is not in the folder or beside it"
    assert "Images are not shown: x.ome.tif is not" in render(*report_blocks([reported]))


def test_what_is_no_result_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_results(tmp_path / "none")
    with pytest.raises(ValueError, match="holds no table of an analysis"):
        read_results(tmp_path)
    result("ccf").save(tmp_path)
    path = tmp_path / "ccf.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    needed = {*record} - {"asked", "rows"}
    damaged = [{key: record[key] for key in record if key != lost} for lost in needed]
    channel = record["channels"][0]
    damaged += [record | {"channels": [channel | {key: {}}]} for key in ("name", "shape")]
    damaged += [record | {"inputs": {"labels": {}}}, record | {"columns": {"peak": 1}}, [], 1]
    for one in damaged:
        path.write_text(json.dumps(one), encoding="utf-8")
        with pytest.raises(ValueError, match=r"ccf\.json: is not a record of a result"):
            read_results(tmp_path)


@pytest.mark.slow
def test_several_results_have_a_section_each(tmp_path):
    result("ccf").save(tmp_path)
    result("objects").save(tmp_path)
    results = read_results(tmp_path)
    title, blocks = report_blocks(results)
    assert title.startswith("Van Steensel's cross-correlation function, Objects: ")
    results[1].result.table["channel1"] = "another"
    assert report_blocks(results)[0] == "Van Steensel's cross-correlation function, Objects"
    assert [one.title for one in blocks] == [
        *("Van Steensel's cross-correlation function", "Objects", "Methods"),
        *("QUAREP-LiMi checklist for image analysis", "Origin"),
    ]
