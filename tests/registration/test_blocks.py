"""What is made of large images block by block is that of the images as a whole."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from covoxel.correlation import blocks
from covoxel.correlation.frames import paired_frames
from covoxel.registration import overlapping, refine, search
from covoxel.registration.overlapping import Overlapping


@pytest.fixture(params=["whole", "masked"])
def frames(request):
    rng = np.random.default_rng(3)
    texture = gaussian_filter(rng.normal(size=(130, 150)), 2)
    images = [texture[k : k + 120, k : k + 140] + rng.normal(0, 0.02, (120, 140)) for k in (0, 2)]
    mask = gaussian_filter(rng.normal(size=(120, 140)), 8) > -0.02
    return paired_frames(*images, mask if request.param == "masked" else None)[:2]


def tiny_blocks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blocks, "_MOST", 40_000)
    patch.setattr(blocks, "_FAST", 40_000)
    patch.setattr(search, "BLOCK_VOXELS", 512)
    rows = [(slice(y, y + 1), slice(0, 138)) for y in range(118)]
    patch.setattr(overlapping, "block_slices", lambda *_: rows)


def read(frame1, frame2):
    side = search.binned(frame1, (4, 8))
    whole = tuple(slice(0, n) for n in frame1.values.shape)
    return [
        overlapping.agreement(frame1, frame2, (-2, -2)),
        overlapping.correlation_at(frame1, frame2, (-2, -2)),
        overlapping.gradient_tensor(frame1, frame2, (-2, -2)),
        side.values,
        search._detail(frame1, whole, 3.0).values[20:60, 30:50],
    ]


def test_readings_of_blocks_are_those_of_the_whole(frames, monkeypatch):
    expected = read(*frames)
    tiny_blocks(monkeypatch)
    found = read(*frames)
    part = search._detail(frames[0], (slice(20, 60), slice(30, 50)), 3.0).values
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(part, expected[-1], atol=1e-5)


def test_an_interpolated_correlation_hardly_depends_on_blocks(frames, monkeypatch):
    offset = np.array([-2.3, -1.8])
    expected = overlapping.interpolated_correlation(*frames, offset, None)
    tiny_blocks(monkeypatch)
    found = overlapping.interpolated_correlation(*frames, offset, None)
    assert found == pytest.approx(expected, abs=2e-3)


def test_a_fraction_is_never_measured_in_more_than_the_largest_crop(frames, monkeypatch):
    sizes = []

    def watched(cls, frame1, frame2, *more):
        sizes.append(frame1.values.size)
        return original(frame1, frame2, *more)

    original = Overlapping.of
    monkeypatch.setattr(refine.Overlapping, "of", classmethod(watched))
    monkeypatch.setattr(refine, "_CROPS", (1 << 10,))
    monkeypatch.setattr(refine, "_LARGEST", 1 << 12)
    monkeypatch.setattr(refine, "_SUFFICIENT", 1e-9)
    found = refine.refine(*frames, (-2, -2))
    assert max(sizes) < 1.1 * (1 << 12)
    assert found is not None
    assert np.abs(found.offset + 2).max() < 4 * found.worst
