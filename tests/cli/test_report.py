"""covoxel report: a page on a folder of results."""

import html5lib
import pytest


@pytest.fixture
def results(run, image, tmp_path):
    """Write the results of a measurement."""
    folder = tmp_path / "results"
    assert run("measure", image(), "--measures", "pearson,m1", "--out", folder).code == 0
    return folder


@pytest.mark.slow
def test_a_folder_or_a_table_gives_the_same_page(run, results, tmp_path):
    page = results / "report.html"
    assert run("report", results).out == f"written: {page}\n"
    text = page.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "covoxel measure" in text
    assert str(tmp_path) not in text
    other = tmp_path / "other.html"
    assert run("report", results / "measure.csv", "--out", other).code == 0
    assert other.read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_what_cannot_be_written_or_read_is_refused(run, results, tmp_path):
    assert run("report", results).code == 0
    assert "holds report.html already" in run("report", results).line
    assert run("report", results, "--overwrite").code == 0
    assert "a name ending in .html" in run("report", results, "--out", tmp_path / "a.pdf").line
    assert "does not exist" in run("report", tmp_path / "none").line
    assert "holds no table" in run("report", tmp_path).line
