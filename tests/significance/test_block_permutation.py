"""Costes' randomisation: exact moments, Coloc 2's numbers, refusals."""

import json
import math
from functools import cache
from itertools import permutations

import numpy as np
import pytest
import tifffile
from tests.significance.scenes import cell, texture

from covoxel.significance import block_permutation_test
from covoxel.significance.block_permutation import permutation_moments, tiles, untiled


def test_moments_are_those_of_all_orders():
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 7, 4)) + rng.standard_normal((2, 1, 4))
    sums = [np.vdot(first, second[list(order)]) for order in permutations(range(7))]
    assert permutation_moments(first, second) == pytest.approx((np.mean(sums), np.std(sums)))


@pytest.mark.parametrize("shape", [(6, 7), (4, 6, 7)])
def test_tiles_are_the_whole_blocks(shape):
    image = np.arange(math.prod(shape)).reshape(shape)
    rows = tiles(image, 2)
    assert rows.shape == (math.prod(n // 2 for n in shape), 2 ** len(shape))
    whole = tuple(slice(0, n // 2 * 2) for n in shape)
    assert np.array_equal(untiled(rows, image[whole].shape, 2), image[whole])
    assert rows[0].tolist() == image[(slice(0, 2),) * len(shape)].ravel().tolist()
    assert (
        rows[1].tolist() == image[(*[slice(0, 2)] * (len(shape) - 1), slice(2, 4))].ravel().tolist()
    )


def test_drawn_permutations_agree_with_the_moments():
    rng = np.random.default_rng(2)
    a, b = (texture(rng, (60, 60), 2) for _ in "12")
    found = block_permutation_test(a, b, block=5, n_permutations=250)
    assert found.blocks == 144
    beyond = 0.5 * math.erfc((found.r - found.mean) / found.sd / math.sqrt(2))
    assert found.p == pytest.approx(beyond, abs=0.08)
    assert found.p == block_permutation_test(a, b, block=5, n_permutations=250).p


def test_only_blocks_inside_the_mask_count():
    rng = np.random.default_rng(3)
    mask = cell(rng, (60, 60))
    a, b = (texture(rng, (60, 60), 2) for _ in "12")
    found = block_permutation_test(a, b, block=5, mask=mask, n_permutations=20)
    outside = np.where(mask, a, 1e9)
    assert found == block_permutation_test(outside, b, block=5, mask=mask, n_permutations=20)
    assert found.blocks < mask.sum() / 25


@pytest.mark.slow
def test_coloc2s_numbers(reference):
    runs = json.loads((reference / "reference.json").read_text(encoding="utf-8"))["runs"]

    @cache
    def tested(*names, block):
        images = [tifffile.imread(reference / "images" / name) for name in names]
        return block_permutation_test(*images, block=block, like="coloc2", n_permutations=25)

    checked = 0
    for run in runs:
        values = run["result"].get("values", {})
        small = not run["images"][0].startswith(("NEUBIAS", "colocsample"))
        if "Costes Shuffled Mean" not in values or run["options"]["mask"] != "none" or not small:
            continue
        found = tested(*run["images"], block=run["options"]["psf"])
        sd, drawn = values["Costes Shuffled Std.D."], run["options"]["randomisations"]
        # 20 unseeded draws there and 25 here: four standard errors of either
        assert found.r == pytest.approx(values["Pearson's R value (no threshold)"], abs=1e-9)
        error = sd * math.sqrt(1 / drawn + 1 / 25)
        assert abs(found.mean - values["Costes Shuffled Mean"]) < 4 * error
        ratio = math.log(found.sd / sd)
        assert abs(ratio) < 4 * math.sqrt(0.5 / (drawn - 1) + 0.5 / 24)
        checked += 1
    assert checked >= 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"block": 1}, "block is 1"),
        ({"block": 5, "n_permutations": 3}, "n_permutations is 3"),
        ({"block": 5, "like": "jacop"}, "allowed are covoxel, coloc2"),
    ],
)
def test_wrong_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        block_permutation_test(np.eye(30), np.eye(30), **options)


def test_what_cannot_be_shuffled_has_a_reason():
    rng = np.random.default_rng(4)
    a, b = rng.random((2, 30, 30))
    assert "4 blocks of 15 pixels fit" in block_permutation_test(a, b, block=15).reason
    assert "0 blocks of 14 pixels" in block_permutation_test(a[:9], b[:9], block=14).reason
    flat = np.ones((30, 30))
    assert "channel 1 is constant" in block_permutation_test(flat, b, block=5).reason


def test_progress_can_stop_it():
    def stop(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError, match="1 of 50"):
        block_permutation_test(np.eye(30), np.eye(30), block=5, n_permutations=50, progress=stop)
