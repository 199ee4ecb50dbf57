"""What is taken for a channel, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

import covoxel as cx

MEASURES = {
    "pearson": cx.intensity.pearson,
    "manders": cx.intensity.manders,
    "measure": cx.measure,
    "register": cx.registration.register,
    "check_pair": cx.quality.check_pair,
    "measure_ccf": cx.measure_ccf,
    "local_correlation": lambda a, b: cx.local.local_correlation(a, b, radius=3),
    "map_channels": lambda a, b: cx.map_channels(a, b, radius=3),
    "compare_images": cx.similarity.compare_images,
    "threshold": lambda a, _: cx.thresholds.threshold(a, "otsu"),
}


@pytest.mark.parametrize(("samples", "dtype"), [(3, np.uint8), (4, np.float32)])
@pytest.mark.parametrize("name", MEASURES)
def test_a_picture_in_colours_is_no_channel(name, dtype, samples):
    picture = np.ones((40, 30, samples), dtype)
    with pytest.raises(TypeError, match=r"shape \(40, 30, .\).* picture in colours"):
        MEASURES[name](picture, picture)


#: Long doubles have 64 bits on some systems.
LONG = [np.longdouble] if np.dtype(np.longdouble).itemsize > 8 else []


@pytest.mark.parametrize("dtype", [object, "U1", "M8[s]", *LONG])
def test_other_kinds_of_values_are_refused(dtype):
    with pytest.raises(TypeError, match=r"the image has dtype .*floats of up to 64 bits"):
        cx.image.as_channel(np.zeros((9, 9), dtype))


@pytest.mark.parametrize("name", MEASURES)
def test_a_path_is_not_an_image(name):
    with pytest.raises(TypeError, match=r"the image is the path 'a\.tif'; covoxel\.read_image"):
        MEASURES[name]("a.tif", "b.tif")


def test_a_path_is_not_an_image_of_an_analysis_nor_a_region():
    image = np.ones((9, 9))
    for given in ({"image1": Path("a.tif")}, {"mask": "a.tif"}, {"labels": Path("a.tif")}):
        images = {"image1": image, "image2": image} if "image1" not in given else {}
        with pytest.raises(TypeError, match=rf"{next(iter(given))} is the path 'a\.tif'"):
            cx.measure(**images, **given)


def test_axes_have_a_letter_for_each_dimension():
    with pytest.raises(ValueError, match=r"channel 'a' has shape \(4, 5\), but axes 'ZYX'"):
        cx.Channel(np.ones((4, 5)), "ZYX", name="a")


def test_a_spacing_has_a_number_for_each_axis():
    for spacing in (0.1, "0.1"):
        with pytest.raises(
            TypeError, match=r"spacing is .?0\.1.?; a number for each axis is needed"
        ):
            cx.image.as_channel(np.ones((9, 9)), spacing=spacing)
    with pytest.raises(ValueError, match="one value for each of 'YX' is needed"):
        cx.Channel(np.ones((9, 9)), "YX", spacing=0.1)


@pytest.mark.slow
def test_axes_tell_that_it_is_a_stack():
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 99, (2, 40, 30, 3)).astype(np.uint8)
    table = cx.measure(*stack, axes="ZYX", per_plane=True, measures="pearson").table
    assert len(table) == 40
    channels = [cx.image.as_channel(one, axes="ZYX") for one in stack]
    assert cx.intensity.pearson(*channels).pixels == 40 * 30 * 3


@pytest.mark.parametrize("shape", [(40, 30), (3, 40, 30), (40, 30, 5), (3, 3, 3)])
def test_other_shapes_are_stacks(shape):
    assert cx.image.as_channel(np.zeros(shape, np.uint8)).axes == "ZYX"[-len(shape) :]
