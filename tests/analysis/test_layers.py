"""napari layers are taken for what they are, and refused where they do not lie on each other."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.layers import Image, Labels

from covoxel import measure


def layer(data, **changes):
    """The little of a napari layer that is looked at."""
    n = data.ndim
    given = {"scale": [1.0] * n, "translate": [0.0] * n, "name": "layer", "units": ["pixel"] * n}
    return SimpleNamespace(data=data, **(given | changes))


@pytest.mark.slow
def test_names_and_sizes_come_along(pair):
    first, second = pair(20, 16)
    table = measure(
        Image(first, name="actin", scale=(0.5, 0.5), units="µm"),
        Image(second, name="dapi", scale=(0.5, 0.5), units="µm"),
        measures="pearson",
    ).table
    assert table.loc[0, ["channel1", "channel2"]].tolist() == ["actin", "dapi"]
    assert table.loc[0, "area_um2"] == 20 * 16 / 4
    assert (
        table.loc[0, "pearson"]
        == measure(first, second, measures="pearson").table.loc[0, "pearson"]
    )


def test_anything_like_a_layer_will_do(pair):
    first, second = pair(20, 16)
    table = measure(layer(first, name="a"), layer(second, name="b"), measures="pearson").table
    assert table.loc[0, ["channel1", "channel2"]].tolist() == ["a", "b"]
    assert table["area_um2"].isna().all()


def test_axis_labels_tell_time_from_depth(pair):
    first, second = pair(3, 20, 16)
    labels = {"axis_labels": ("t", "y", "x")}
    layers = [Image(image, name=str(i), **labels) for i, image in enumerate((first, second))]
    assert measure(*layers, measures="pearson").table["t"].tolist() == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"scale": (2, 1)},
        {"translate": (0, 5)},
        {"rotate": 30},
        {"shear": [0.5]},
        {"affine": [[1, 0, 3], [0, 1, 0], [0, 0, 1]]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_layers_elsewhere_are_refused(pair, changes):
    first, second = pair(20, 16)
    (what,) = changes
    with pytest.raises(ValueError, match=f"layers of image1 and image2 differ in their {what}"):
        measure(Image(first), Image(second, **changes))
    if what in ("scale", "translate"):
        with pytest.raises(ValueError, match=f"differ in their {what}"):
            measure(layer(first), layer(second, **changes))
        with pytest.raises(ValueError, match=f"layers of image1 and labels differ in their {what}"):
            measure(Image(first), Image(second), labels=Labels(np.ones((20, 16), int), **changes))


def test_label_layers(pair):
    first, second = pair(3, 20, 16)
    labels = np.zeros((20, 16), int)
    labels[3:9, 3:9] = 4
    layers = Image(first, scale=(2, 1, 1)), Image(second, scale=(2, 1, 1))
    table = measure(*layers, labels=Labels(labels), measures="pearson").table
    assert table[["label", "pixels"]].values.tolist() == [[4, 108]]
    assert table.equals(measure(*layers, labels=labels, measures="pearson").table)


def test_all_pairs_of_layers(pair):
    first, second = pair(20, 16)
    with pytest.raises(ValueError, match="layers of image1 and image3 differ in their translate"):
        measure([layer(first), layer(second), layer(first, translate=[0, 1])])


def test_rgb_is_refused(pair):
    picture = Image(np.zeros((20, 16, 3), np.uint8), rgb=True)
    with pytest.raises(TypeError, match="RGB"):
        measure(picture, picture)


def test_layers_are_left_as_they_were(pair):
    layers = [Image(image) for image in pair(20, 16)]
    before = [(image.data.copy(), dict(image.metadata), image.scale.copy()) for image in layers]
    measure(*layers)
    for image, (data, metadata, scale) in zip(layers, before, strict=True):
        assert np.array_equal(image.data, data)
        assert image.metadata == metadata
        assert np.array_equal(image.scale, scale)
