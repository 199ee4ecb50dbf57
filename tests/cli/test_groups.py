"""covoxel compare-groups: the same numbers as the function, files and refusals."""

import numpy as np
import pandas as pd
import pytest

from covoxel.analysis import compare_groups


@pytest.mark.slow
def test_the_command_gives_the_same(tmp_path, run):
    rng = np.random.default_rng(1)
    rows = [
        (group, day, np.tanh(rng.normal(middle + 0.05 * day, 0.2)), cell)
        for group, middle in (("control", 0.3), ("drug", 0.7))
        for day in range(4)
        for cell in range(5)
    ]
    cells = pd.DataFrame(rows, columns=["condition", "day", "pearson", "label"])
    path = tmp_path / "cells.csv"
    cells.to_csv(path, index=False)
    names = ("--value", "pearson", "--group", "condition", "--replicate", "day")
    rows = run("compare-groups", path, *names, "--json", "--out", tmp_path / "out").rows
    assert [row["p"] for row in rows] == pytest.approx(
        compare_groups(path, "pearson", "condition", "day").table["p"].tolist()
    )
    assert (tmp_path / "out" / "groups.png").exists()
    out = run("compare-groups", path, *names, "--paired").out
    assert "difference on the scale fisher; means are of replicates" in out
    wrong = run("compare-groups", path, *names[:-1], "label")
    assert wrong.code == 2
    assert "cells are not independent" in wrong.line
