"""napari layers are taken as they are; pictures in colours as such."""

import numpy as np
import pytest
from napari.layers import Image

from covoxel.similarity import compare_colors, compare_images, image_hash


def test_layers_are_images(images):
    layers = [Image(image, scale=(0.1, 0.1), units="um") for image in images]
    assert dict(compare_images(*layers)) == dict(compare_images(*images))
    assert image_hash(layers[0]) == image_hash(images[0])


def test_pictures_in_colours():
    picture = np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)
    layer = Image(picture, rgb=True)
    assert image_hash(layer) == image_hash(picture)
    assert compare_colors(layer, picture)["red"]["mse"] == 0
    with pytest.raises(TypeError, match="RGB"):
        compare_images(layer, layer)
