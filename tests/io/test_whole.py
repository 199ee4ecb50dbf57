"""What is whole of an image of which planes are missing."""

import itertools
import math

import numpy as np
import pytest

from covoxel.io.assemble import stride, whole_part
from covoxel.io.metadata import missing_planes


@pytest.mark.parametrize(
    ("lead", "shape", "missing", "kept"),
    [
        ("TC", (5, 2), [(3, 1)], {"T": [0, 1, 2, 4], "C": [0, 1]}),
        ("TC", (3, 2), [(t, 1) for t in range(3)], {"T": [0, 1, 2], "C": [0]}),
        ("CT", (2, 3), [(1, 2)], {"C": [0, 1], "T": [0, 1]}),
        ("TZC", (1, 5, 2), [(0, 3, 1), (0, 4, 0), (0, 4, 1)],
         {"T": [0], "Z": [0, 1, 2], "C": [0, 1]}),
        # a second channel at one plane only: both channels there, rather than one everywhere
        ("TZC", (2, 3, 2), [(t, z, 1) for t in range(2) for z in (0, 2)],
         {"T": [0, 1], "Z": [1], "C": [0, 1]}),
        # stopped in the first time point
        ("TZC", (4, 3, 1), [(t, z, 0) for t in range(1, 4) for z in range(3)] + [(0, 2, 0)],
         {"T": [0], "Z": [0, 1], "C": [0]}),
        # nothing complete along any axis
        ("TC", (2, 2), [(0, 0), (1, 1)], {"T": [0], "C": [1]}),
    ],
)  # fmt: skip
def test_what_is_kept(lead, shape, missing, kept):
    there = [at for at in itertools.product(*map(range, shape)) if at not in missing]
    planes = [int(np.ravel_multi_index(at, shape)) for at in there]
    found = whole_part(lead, shape, planes)
    assert {axis: indices.tolist() for axis, indices in found.items()} == kept
    assert not {*itertools.product(*(kept[axis] for axis in lead))} & {*missing}


@pytest.mark.parametrize("n_missing", [1, 5, 20, 35])
def test_a_part_never_lacks_a_plane(n_missing):
    rng = np.random.default_rng(n_missing)
    for _ in range(50):
        shape = tuple(rng.integers(1, 5, 3).tolist())
        n = math.prod(shape)
        planes = set(rng.permutation(n)[: max(1, n - n_missing)].tolist())
        kept = whole_part("TZC", shape, planes)
        grid = np.ravel_multi_index(np.ix_(*kept.values()), shape).ravel()
        assert grid.size
        assert set(grid.tolist()) <= planes


def test_a_declared_size_costs_nothing():
    kept = whole_part("TZC", (10**6, 10**3, 10**2), [0, 1])
    assert [indices.tolist() for indices in kept.values()] == [[0], [0], [0, 1]]


def test_notes_spell_out_what_is_opened():
    kept = {"T": np.array([0, 1, 4, 6]), "C": np.array([1])}
    note = missing_planes(kept, {"T": 7, "C": 3}, "x.tif is not beside it")
    assert str(note) == (
        "planes are missing (x.tif is not beside it): "
        "opened are time points 0 to 1, 4, 6 of 7, channels 2 of 3"
    )
    assert missing_planes({"T": np.arange(3)}, {"T": 3}) is None


@pytest.mark.parametrize(
    ("kept", "apart"), [([0], 1), ([0, 1, 2], 1), ([0, 3, 6], 3), ([0, 1, 3], None)]
)
def test_indices_that_are_evenly_spaced(kept, apart):
    assert stride(np.array(kept)) == apart
