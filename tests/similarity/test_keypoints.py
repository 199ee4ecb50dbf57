"""Key points: one movement, and nothing where there is none."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.transform import SimilarityTransform, warp

from covoxel.similarity import match_keypoints


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    rng = np.random.default_rng(0)
    spots = np.zeros((180, 200))
    spots[rng.integers(8, 172, 150), rng.integers(8, 192, 150)] = rng.uniform(1, 5, 150)
    return ndimage.gaussian_filter(spots, 1.5) * 4000


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["orb", "sift"])
def test_a_cut_out(image, detector):
    found = match_keypoints(image, image[25:, 40:], detector=detector)
    assert len(found.points1) >= 10
    assert found.points2 - found.points1 == pytest.approx(
        np.broadcast_to((-25.0, -40.0), found.points1.shape), abs=2
    )
    assert found.candidates >= len(found.points1)


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["orb", "sift"])
def test_turned(image, detector):
    turn = SimilarityTransform(rotation=0.2, translation=(12, -9))
    turned = warp(image, turn.inverse, preserve_range=True)
    found = match_keypoints(image, turned, detector=detector)
    expected = turn(found.points1[:, ::-1])[:, ::-1]
    assert len(found.points1) >= 10
    assert np.median(np.linalg.norm(expected - found.points2, axis=1)) < 1.5
    assert found.matrix[:2, :2] == pytest.approx(turn.params[:2, :2].T, abs=0.02)


@pytest.mark.slow
def test_two_runs_agree(image):
    one, other = (match_keypoints(image, image.T) for _ in range(2))
    assert (one.points1 == other.points1).all()


def test_side_by_side(image):
    found = match_keypoints(image, image[25:, 40:])
    picture, lines = found.side_by_side(), found.lines()
    assert picture.shape == (180, 200 + 160)
    for (y1, x1), (y2, x2) in lines[:5]:
        here, there = picture[round(y1), round(x1)], picture[round(y2), round(x2)]
        assert here == pytest.approx(there, abs=0.35)
        assert x2 >= 200
    assert (lines[:, 0] == found.points1).all()


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["orb", "sift"])
@pytest.mark.parametrize("other", ["black", "NaN", "noise", "tiny", "line"])
def test_nothing_in_common(image, detector, other):
    unlike = {
        "black": np.zeros((90, 90)),
        "NaN": np.full((90, 90), np.nan),
        "noise": np.random.default_rng(1).normal(size=(90, 90)),
        "tiny": np.ones((2, 2)),
        "line": np.arange(40.0).reshape(1, 40),
    }[other]
    found = match_keypoints(image, unlike, detector=detector)
    assert len(found.points1) == len(found.points2) == len(found.lines()) == 0
    assert found.reason
    assert np.isnan(found.matrix).all()


def test_wrong_requests(image):
    for options, said in [
        ({"detector": "surf"}, "detector is 'surf'; allowed are orb, sift"),
        ({"movement": "warp"}, "movement is 'warp'"),
        ({"tolerance": 0}, "tolerance is 0"),
    ]:
        with pytest.raises(ValueError, match=said):
            match_keypoints(image, image, **options)
    with pytest.raises(ValueError, match="a plane is needed"):
        match_keypoints(np.ones((4, 20, 20)), image)
