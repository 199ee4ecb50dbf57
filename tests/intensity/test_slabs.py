"""Large images slab by slab: the same numbers as at once, whoever computes the slabs."""

import pickle

import numpy as np
import pytest

from covoxel.core.sharing import shared_by
from covoxel.image.channel import Channel
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cells import gathered
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import frame_histogram
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.stream_levels import stream_marginals
from covoxel.intensity.sums import class_sums

SHAPE = 7, 9, 11


@pytest.fixture
def slabs(monkeypatch):
    """Have small images cut as large ones are."""
    monkeypatch.setattr("covoxel.intensity.blocks.LARGE_VOXELS", 50)
    monkeypatch.setattr("covoxel.intensity.blocks._SLAB_BYTES", 176)
    monkeypatch.setattr("covoxel.intensity.blocks._SLAB_PLANES", 2)


def stream(dtype, *, labels=True, scale=1.0, **given):
    rng = np.random.default_rng(0)
    pair = rng.integers(0, 200, (2, *SHAPE)) * scale
    if np.dtype(dtype).kind == "f":
        pair = pair * rng.random((2, *SHAPE))
        pair[:, 0, 0, :3] = np.nan
    regions = rng.integers(0, 4, SHAPE) if labels else None
    channels = [Channel(one.astype(dtype), "ZYX") for one in pair]
    return Stream(*channels, as_region(None, regions, SHAPE), **given)


def backwards(function, parts):
    """Compute the last part first, in what could be another process."""
    sent = pickle.loads(pickle.dumps(function))
    found = [pickle.dumps(sent(part)) for part in reversed(parts)]
    return map(pickle.loads, reversed(found))


def read(source):
    """Return the moments of all classes, what is dropped, and the levels."""
    limits = np.full(source.regions.size, 60.0)
    sums = class_sums(source, [Cut(limits)], [Cut(limits / 2)])
    moments = [sums.select(*above) for above in ((), ([0], []), ([0], [0]))]
    found = [np.asarray(one, float) for each in moments for one in (each.n, *each.spread())]
    levels = stream_marginals(source, 1 << 30)
    return found, [
        sums.dropped,
        *(a for one in levels for a in (one.starts, one.values, one.counts)),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u8", "f4", "f8"])
def test_slabs_add_up(slabs, monkeypatch, dtype, labels):
    source = stream(dtype, labels=labels)
    assert len(source.slabs()) > 10
    found, counted = read(source)
    with shared_by(backwards):
        again = read(source)
    with monkeypatch.context() as patch:
        patch.setattr("covoxel.intensity.blocks.LARGE_VOXELS", 1 << 28)
        whole, counts = read(source)
    for one, other in zip(counted, counts, strict=True):
        np.testing.assert_array_equal(one, other)
    same = np.testing.assert_allclose if dtype[0] == "f" else np.testing.assert_array_equal
    for one, other in zip(found, whole, strict=True):
        same(one, other, **({"rtol": 1e-12} if dtype[0] == "f" else {}))
    for one, other in zip(found + counted, again[0] + again[1], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("scale", [1e-170, 1e170])
def test_extreme_floats_add_up(slabs, scale):
    plain, extreme = (pearson_of(class_sums(stream("f8", scale=s)).select()) for s in (1, scale))
    np.testing.assert_allclose(extreme.value, plain.value, rtol=1e-9)


def test_sums_beyond_64_bits_add_up(slabs):
    source = stream("u8", scale=2.0**40)
    exact = [one.astype(object).ravel() for one in (source.channel1.data, source.channel2.data)]
    moments = class_sums(stream("u8", labels=False, scale=2.0**40)).select()
    assert int(moments.s12[0]) == (exact[0] * exact[1]).sum() > 1 << 64


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "u8", "f4", "f8"])
@pytest.mark.parametrize("sent", [1 << 22, 1 << 8])
def test_joint_histograms_of_slabs_add_up(slabs, tmp_path, monkeypatch, dtype, labels, sent):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("covoxel.intensity.spill.GATHERED", sent)
    source = stream(dtype, labels=labels)
    given = source.channel1, source.channel2, source.region
    one = frame_histogram(*given)
    assert one.spilled == (sent < 1000 and dtype in ("u1", "u2", "i2"))
    with shared_by(backwards):
        other = frame_histogram(*given)
    monkeypatch.setattr("covoxel.intensity.blocks.LARGE_VOXELS", 1 << 28)
    whole = frame_histogram(*given)
    n = source.regions.size
    for found in (one, other):
        for name in ("code1", "code2", "count", "starts"):
            pair = (getattr(gathered(each.parts, n), name) for each in (found, whole))
            np.testing.assert_array_equal(*pair)
        for name in ("pixels", "dropped"):
            np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
        np.testing.assert_array_equal(found.first, one.first)  # that of the first slab
    if dtype[1] in "48":
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("voxels", [1 << 4, 1 << 22])
def test_slabs_follow_the_image_alone(slabs, voxels):
    cut = stream("u2", voxels=voxels).slabs()
    assert cut == stream("u2").slabs()
    seen = np.zeros(SHAPE, int)
    for _, at in cut:
        seen[at] += 1
    assert (seen == 1).all()
    assert stream("u2", voxels=voxels, slab=cut[0]).slabs() == []
    flat = stream("u2", z=3).slabs()
    assert [at[0] for _, at in flat] == [slice(3, 4)] * len(flat)
