"""Groups compared by their replicates: SciPy's numbers, what is refused, files and figure."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from covoxel.analysis import compare_groups


@pytest.fixture
def cells():
    rng = np.random.default_rng(1)
    rows = [
        (group, f"day {day}", np.tanh(rng.normal(middle + shift, 0.2)), cell)
        for group, middle in (("control", 0.3), ("drug", 0.7), ("washout", 0.35))
        for day, shift in enumerate((-0.1, 0.0, 0.05, 0.1))
        for cell in range(12)
    ]
    return pd.DataFrame(rows, columns=["condition", "day", "pearson", "label"])


def compared(cells, **options):
    return compare_groups(cells, "pearson", "condition", "day", **options)


@pytest.mark.parametrize("paired", [False, True])
def test_p_is_that_of_replicate_means_on_fishers_scale(cells, paired):
    found = compared(cells, paired=paired)
    scaled = cells.assign(z=np.arctanh(cells["pearson"]))
    means = scaled.groupby(["condition", "day"])["z"].mean().unstack()
    test = stats.ttest_rel if paired else lambda a, b: stats.ttest_ind(a, b, equal_var=False)
    for row in found.table.itertuples():
        expected = test(means.loc[row.group2], means.loc[row.group1])
        assert row.p == pytest.approx(expected.pvalue)
        assert row.mean1 == pytest.approx(np.tanh(means.loc[row.group1].mean()))
        assert row.low < row.difference < row.high
    assert found.table["replicates1"].tolist() == [4, 4, 4]
    assert (found.table["p_adjusted"] >= found.table["p"]).all()
    assert found.replicates["values"].tolist() == [12] * 12


def test_a_control_is_compared_with_each_other_group(cells):
    table = compared(cells, control="drug").table
    assert table["group1"].tolist() == ["drug", "drug"]
    assert table["group2"].tolist() == ["control", "washout"]


@pytest.mark.slow
def test_the_scale_follows_the_column(cells):
    assert compared(cells).table["scale"][0] == "fisher"
    share = cells.assign(tm1=(cells["pearson"] + 1) / 2).drop(columns="pearson")
    found = compare_groups(share, "tm1", "condition", "day")
    assert found.table["scale"][0] == "logit"
    share.loc[0, "tm1"] = 1.0
    assert np.isfinite(compare_groups(share, "tm1", "condition", "day").table["p"]).all()
    other = cells.rename(columns={"pearson": "distance"})
    assert compare_groups(other, "distance", "condition", "day").table["scale"][0] == "none"


def test_too_few_replicates_have_a_reason_and_no_p(cells):
    found = compared(cells[cells["day"].isin(["day 0", "day 1"])])
    assert found.table["p"].isna().all()
    assert "2 replicates; at least 3" in found.table["notes"][0]
    assert "too few replicates" not in found.table["notes"][0]
    assert compared(cells, test="permutation").table["p"].notna().all()


def test_cells_without_a_value_are_left_out_and_counted(cells):
    cells.loc[3, "pearson"] = np.nan
    found = compared(cells)
    assert found.replicates["values"][0] == 11
    assert "rows without a value: 1" in found.table["notes"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "columns", "options", "words"),
    [
        (None, ("pearson", "condition", "label"), {}, "differs from cell to cell"),
        (None, ("r", "condition", "day"), {}, "value is 'r'; the columns are condition"),
        (None, ("day", "condition", "day"), {}, "a column of text"),
        (None, ("pearson", "condition", "day"), {"control": "mock"}, "control is 'mock'"),
        (None, ("pearson", "condition", "day"), {"test": "wilcoxon"}, "allowed are t, perm"),
        (None, ("label", "condition", "day"), {"scale": "logit"}, "outside 0 to 1"),
        ("condition == 'drug'", ("pearson", "condition", "day"), {}, "1 have values; 2 are"),
        (
            "condition != 'drug' or day != 'day 3'",
            ("pearson", "condition", "day"),
            {"paired": True},
            "replicate day 3 is not in both of control and drug",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(cells, change, columns, options, words):
    table = cells if change is None else cells.query(change)
    with pytest.raises(ValueError, match=words):
        compare_groups(table, *columns, **options)


@pytest.mark.slow
def test_files_are_written_once(cells, tmp_path):
    found = compared(cells)
    names = [path.name for path in found.save(tmp_path)]
    assert names == [
        *("groups.csv", "groups.json", "groups_replicates.csv", "groups_replicates.json"),
        "groups.png",
    ]
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(FileExistsError):
        found.save(tmp_path)
    compared(cells).save(tmp_path, overwrite=True)
    assert written == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_the_superplot_shows_cells_replicates_and_groups(cells):
    (axes,) = compared(cells).figure().axes
    drawn = [len(each.get_offsets()) for each in axes.collections if hasattr(each, "get_offsets")]
    assert sum(drawn) >= len(cells) + 12
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        *("control", "drug", "washout")
    ]


@pytest.mark.slow
def test_the_superplot_has_the_interval_of_each_mean(cells):
    found = compared(cells)
    (axes,) = found.figure().axes
    assert len(axes.containers) == 3
    for drawn, (_, means) in zip(
        axes.containers, found.replicates.groupby("group", sort=False)["mean"], strict=True
    ):
        ((_, low), (_, high)) = drawn[2][0].get_segments()[0]
        expected = stats.t.interval(0.95, len(means) - 1, means.mean(), stats.sem(means))
        assert (low, high) == pytest.approx(expected)
