"""The report of a whole experiment."""

import json
import shutil

import html5lib
import numpy as np
import pandas as pd
import pytest

import covoxel as cx
from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.groups import compare_groups
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.provenance import provenance
from covoxel.batch.recipe import GroupsSection, Recipe, RegionsSection, Step
from covoxel.batch.report import batch_blocks, experiment_blocks
from covoxel.io.results import write_results
from covoxel.report.page import render


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the results of six images of two conditions, of which one failed."""
    path = tmp_path_factory.mktemp("results")
    first, second = (
        getattr(cx.simulate_pair(shape=(48, 48), n_spots1=20, rng=1), f"channel{i}") for i in (1, 2)
    )
    result = cx.measure_ccf(first, second, max_shift=5)
    images = [(f"{c}/{r}/<b>.tif", c, r) for c in ("drug", "none") for r in (1, 2, 3)]
    rows = []
    for number, (image, condition, replicate) in enumerate(images[1:]):
        own = result.table.assign(peak=result.table["peak"] + number / 100)
        fields = {"image": image, "condition": condition, "replicate": replicate}
        rows.append(pd.concat([pd.DataFrame([fields] * len(own)), own], axis=1))
    table = pd.concat(rows, ignore_index=True)
    groups = compare_groups(table, "peak", "condition", "replicate").table
    groups.insert(0, "value", "peak")
    files = pd.DataFrame(images, columns=["image", "condition", "replicate"])
    files = files.assign(status="done", reason="", sha256="0")
    files.loc[0, ["status", "reason"]] = "failed", "is not a TIFF"
    tables = {"ccf": table, "files": files, "failures": files.head(1), "groups": groups}
    for name, one in tables.items():
        write_results(one, path, name=name, provenance={})
        (path / f"{name}.json").unlink()
    recipe = Recipe(
        steps=(Step(name="ccf", analysis="ccf", options=CcfOptions(max_shift=5)),),
        groups=GroupsSection(compare="condition"),
        regions=RegionsSection(segment=1),
    )
    record = provenance(result.table, result.channels, None, result.analysis.main.columns)
    kept = {name: record[name] for name in ("covoxel", "python", "packages")}
    record = kept | {"recipe": recipe.as_dict(), "images": 6, "inputs": {"a/<i>.tif": "12ab"}}
    (path / "provenance.json").write_text(json.dumps(record))
    (path / "recipe.toml").write_text("recipe = 1\n# </pre><script>\n")
    figure = path / "figures" / "drug" / "2" / "ccf_figure.png"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"\x89PNG")
    (path / "groups_peak.png").write_bytes(b"\x89PNG")
    return path


@pytest.mark.slow
def test_an_experiment_has_a_report(folder):
    title, blocks = experiment_blocks(folder)
    assert title == "Van Steensel's cross-correlation function: 6 images"
    html = render(title, blocks)
    html5lib.HTMLParser(strict=True).parse(html)
    assert html.count("<script") == 1
    assert html == render(*batch_blocks(folder))
    for words in (
        "5 of 6 images were analysed",
        "is not a TIFF",
        "peak: drug",
        "(3 replicates)",
        "Largest lag = 5 px",
        "Regions: Segment = 1.",
        "Groups (condition) were compared by the means of replicates (replicate)",
        "5 images, 15 rows",
        "doi.org/10.1242/jcs.109.4.787",
        "doi.org/10.1083/jcb.202001064",
        "figures/drug/2/ccf_figure.png",
        "groups_peak.png",
        "&lt;/pre&gt;&lt;script&gt;",
        "a/&lt;i&gt;.tif",
    ):
        assert words in html, words


@pytest.mark.slow
def test_thresholds_of_regions_are_called_so(folder, tmp_path):
    for name in ("files.csv", "failures.csv"):
        shutil.copy(folder / name, tmp_path)
    pair = cx.simulate_pair(shape=(48, 48), n_spots1=20, rng=1)
    labels = np.repeat([[1, 2]], 24, axis=1) * np.ones((48, 1), int)
    table = cx.measure(pair.channel1, pair.channel2, labels=labels).table
    table.insert(0, "image", "a.tif")
    write_results(table, tmp_path, name="measure", provenance={})
    recipe = Recipe(steps=(Step(name="measure", analysis="measure", options=MeasureOptions()),))
    record = json.loads((folder / "provenance.json").read_text())
    (tmp_path / "provenance.json").write_text(json.dumps(record | {"recipe": recipe.as_dict()}))
    html = render(*batch_blocks(tmp_path))
    assert "thresholds otsu and otsu (of the region)" in html


def test_a_damaged_record_is_refused(folder, tmp_path):
    (tmp_path / "provenance.json").write_text('{"recipe": 1}')
    with pytest.raises(ValueError, match="is not a record of a batch"):
        batch_blocks(tmp_path)


@pytest.mark.slow
def test_groups_that_were_compared_have_a_report(tmp_path):
    cells = pd.DataFrame(
        {
            "pearson": [0.40, 0.44, 0.47, 0.60, 0.64, 0.68],
            "drug": ["<no>"] * 3 + ["yes"] * 3,
            "day": [1, 2, 3] * 2,
            "cell": range(6),
        }
    )
    found = compare_groups(pd.concat([cells, cells]), "pearson", "drug", "day")
    found.save(tmp_path)
    title, blocks = experiment_blocks(tmp_path)
    html = render(title, blocks)
    html5lib.HTMLParser(strict=True).parse(html)
    assert title == "Groups compared: pearson"
    for words in ("&lt;no&gt; 0.437 (3 replicates), yes 0.641", "SuperPlot", "Groups (drug) were"):
        assert words in html
    (tmp_path / "groups.json").write_text("{}")
    with pytest.raises(ValueError, match=r"groups\.json: is not a record of a result"):
        experiment_blocks(tmp_path)
