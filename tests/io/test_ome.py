"""OME-TIFF: names, colours, units, pyramids, several series and several files."""

import re
import uuid
from pathlib import Path

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel.io import ImageError, image_info
from covoxel.io.ome import parse_ome

HEAD = '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'


def pixels(channels) -> np.ndarray:
    return np.stack([np.asarray(channel.data) for channel in channels])


def test_an_image_with_everything(write):
    metadata = {
        "axes": "TCZYX",
        "Name": "cells",
        "PhysicalSizeZ": 0.5, "PhysicalSizeZUnit": "µm",
        "PhysicalSizeY": 65, "PhysicalSizeYUnit": "nm",
        "PhysicalSizeX": 0.000065, "PhysicalSizeXUnit": "mm",
        "TimeIncrement": 0.5, "TimeIncrementUnit": "min",
        "Channel": {"Name": ["DAPI", "GFP"], "Color": [0x0000FFFF, -16711681]},
    }  # fmt: skip
    path, data = write("a.ome.tif", (2, 2, 3, 8, 9), metadata=metadata, compression="zlib")
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal(pixels(channels), data.swapaxes(0, 1))
    assert [c.name for c in channels] == ["DAPI", "GFP"]
    assert [c.color for c in channels] == ["#0000ff", "#ff00ff"]
    assert channels[0].spacing == pytest.approx((0.5, 0.065, 0.065))
    assert channels[0].time_step == 30
    info = image_info(path)
    assert (info.format, info.series[0].name, info.series[0].axes) == ("OME-TIFF", "cells", "TCZYX")
    assert info.series[0].notes == ()


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_pyramid(tmp_path, compression):
    path = tmp_path / "a.ome.tif"
    data = np.random.default_rng(0).integers(0, 99, (2, 64, 96)).astype("u2")
    with tifffile.TiffWriter(path) as tiff:
        options = {"tile": (16, 16), "compression": compression, "photometric": "minisblack"}
        tiff.write(data, subifds=2, metadata={"axes": "CYX"}, **options)
        tiff.write(data[:, ::2, ::2], subfiletype=1, **options)
        tiff.write(data[:, ::4, ::4], subfiletype=1, **options)
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal(pixels(channels), data)
    assert image_info(path).series[0].levels == ((64, 96), (32, 48), (16, 24))


def test_several_series(tmp_path):
    path = tmp_path / "a.ome.tif"
    first, second = np.arange(144, dtype="u2").reshape(2, 8, 9), np.ones((3, 4, 5), "f4")
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(first, metadata={"axes": "CYX", "Name": "one"}, photometric="minisblack")
        tiff.write(second, metadata={"axes": "ZYX", "Name": "two"}, photometric="minisblack")
    assert [(s.name, s.axes) for s in image_info(path).series] == [("one", "CYX"), ("two", "ZYX")]
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), first)
    np.testing.assert_array_equal(pixels(covoxel.read_image(path, series=1))[0], second)


def test_images_without_page_numbers_follow_each_other(tmp_path):
    path = tmp_path / "a.ome.tif"
    first, second = np.arange(144, dtype="u2").reshape(2, 8, 9), np.ones((3, 8, 9), "u2")
    xml = "".join(
        f'<Image ID="Image:{i}"><Pixels ID="Pixels:{i}" Type="uint16" DimensionOrder="XYZCT" '
        f'SizeX="9" SizeY="8" SizeZ="1" SizeC="{n}" SizeT="1"><TiffData/></Pixels></Image>'
        for i, n in enumerate((2, 3))
    )
    options = {"photometric": "minisblack", "metadata": None}
    tifffile.imwrite(
        path, np.concatenate([first, second]), description=f"<OME>{xml}</OME>", **options
    )
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), first)
    np.testing.assert_array_equal(pixels(covoxel.read_image(path, series=1)), second)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_samples_are_channels(tmp_path, planar):
    path = tmp_path / "a.ome.tif"
    shape = (2, 3, 8, 9) if planar == "separate" else (2, 8, 9, 3)
    data = np.random.default_rng(0).integers(0, 99, shape).astype("u2")
    axes = "ZSYX" if planar == "separate" else "ZYXS"
    options = {"photometric": "rgb", "planarconfig": planar, "metadata": {"axes": axes}}
    tifffile.imwrite(path, data, **options)
    expected = np.moveaxis(data, axes.index("S"), 0)
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), expected)


def set_of_files(folder: Path, *, companion: bool = False) -> tuple[list[Path], np.ndarray]:
    """Write one file per time point, described in each of them or in a companion."""
    data = np.random.default_rng(0).integers(0, 99, (3, 2, 8, 9)).astype("u2")
    names = [f"t{i}.ome.tif" for i in range(3)]
    ids = [f"urn:uuid:{uuid.UUID(int=i)}" for i in range(3)]
    planes = "".join(
        f'<TiffData FirstT="{t}" FirstC="{c}" IFD="{c}" PlaneCount="1">'
        f'<UUID FileName="{names[t]}">{ids[t]}</UUID></TiffData>'
        for t in range(3)
        for c in range(2)
    )
    body = (
        '<Image ID="Image:0" Name="set"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16"'
        ' SizeX="9" SizeY="8" SizeZ="1" SizeC="2" SizeT="3">'
        '<Channel ID="Channel:0:0" Name="A"/><Channel ID="Channel:0:1" Name="B"/>'
        f"{planes}</Pixels></Image></OME>"
    )
    for t, name in enumerate(names):
        text = f'{HEAD} UUID="{ids[t]}">{body}'
        if companion:
            text = f'{HEAD}><BinaryOnly MetadataFile="set.companion.ome" UUID="{ids[0]}"/></OME>'
        options = {"photometric": "minisblack", "compression": "zlib", "metadata": None}
        tifffile.imwrite(folder / name, data[t], description=text.encode(), **options)
    if companion:
        (folder / "set.companion.ome").write_text(f"{HEAD}>{body}", encoding="utf-8")
    return [folder / name for name in names], data


@pytest.mark.parametrize("companion", [False, True])
def test_images_over_several_files(tmp_path, companion):
    files, data = set_of_files(tmp_path, companion=companion)
    for path in files:
        channels = covoxel.read_image(path)
        assert [(c.name, c.axes) for c in channels] == [("A", "TYX"), ("B", "TYX")]
        np.testing.assert_array_equal(pixels(channels), data.swapaxes(0, 1))


@pytest.mark.parametrize(("lost", "kept"), [(2, "0 to 1"), (1, "0, 2"), (0, "1 to 2")])
def test_a_missing_file_is_named_and_not_read_as_zeros(tmp_path, lost, kept):
    files, data = set_of_files(tmp_path)
    files[lost].unlink()
    channels = covoxel.read_image(files[1 if lost == 0 else 0])
    np.testing.assert_array_equal(pixels(channels), np.delete(data, lost, 0).swapaxes(0, 1))
    (note,) = channels[0].notes
    missing = f"planes are missing (t{lost}.ome.tif is not beside it)"
    assert note == f"{missing}: opened are time points {kept} of 3"


def test_without_its_companion_a_file_has_its_own_pages(tmp_path):
    files, data = set_of_files(tmp_path, companion=True)
    (tmp_path / "set.companion.ome").unlink()
    (channel,) = covoxel.read_image(files[1])
    np.testing.assert_array_equal(channel.read(), data[1])
    assert "'set.companion.ome', which is not beside it" in " ".join(channel.notes)
    np.testing.assert_array_equal(pixels(covoxel.read_image(files[1], axes="CYX")), data[1])


def test_a_truncated_file_of_a_set_is_named(tmp_path):
    files, _ = set_of_files(tmp_path)
    files[1].write_bytes(files[1].read_bytes()[:-40])
    with pytest.raises(ImageError, match=r"t1\.ome\.tif: "):
        covoxel.read_image(files[0])


def test_a_renamed_file_is_its_own(write):
    path, data = write("a.ome.tif", (2, 8, 9), metadata={"axes": "CYX"})
    was = tifffile.tiffcomment(path)
    uuid_of_old = '<UUID FileName="old.ome.tif">urn:uuid:1</UUID>'
    described = was.replace("/></Pixels>", f">{uuid_of_old}</TiffData></Pixels>")
    assert "old.ome.tif" in described
    tifffile.tiffcomment(path, described.encode())
    np.testing.assert_array_equal(pixels(covoxel.read_image(path)), data)


def described(change, write, **options) -> Path:
    """Write an OME-TIFF of two channels with another description."""
    path, _ = write("a.ome.tif", (2, 8, 9), metadata={"axes": "CYX"}, **options)
    tifffile.tiffcomment(path, change(tifffile.tiffcomment(path)).encode())
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('SizeC="2"', 'SizeC="0"', "has no channels"),
        ('SizeC="2"', 'SizeC="99999999999999999999"', "declares"),
        ('PlaneCount="2"', 'PlaneCount="-2"', "none of its planes is there"),
        ('IFD="0"', 'IFD="2"', "none of its planes is there"),
        ('IFD="0"', 'IFD="-1"', "none of its planes is there"),
        ('SizeX="9"', 'SizeX="9999999"', "its pages are"),
        ('SizeX="9"', 'SizeX="nine"', "cannot be read"),
        ('DimensionOrder="XYCZT"', 'DimensionOrder="XYXYX"', "contradicts itself"),
        ("</OME>", "", "malformed"),
        ("<Image", "<Nothing", "malformed"),
        ("Pixels", "Pixies", "describes no image"),
    ],
)  # fmt: skip
def test_xml_that_lies(write, old, new, message):
    path = described(lambda text: text.replace(old, new), write)
    with pytest.raises(ImageError, match=message) as caught:
        covoxel.read_image(path)
    assert "\n" not in str(caught.value)
    assert "axes=, such as axes='CYX', reads the 2 pages of a.ome.tif" in str(caught.value)
    assert [c.axes for c in covoxel.read_image(path, axes="CYX")] == ["YX", "YX"]


@pytest.mark.parametrize(
    ("old", "new", "kept", "of"),
    [
        ('SizeC="2"', 'SizeC="5"', "1 to 2", 5),
        ('SizeC="2"', 'SizeC="999999999999"', "1 to 2", 999999999999),
        ('PlaneCount="2"', 'PlaneCount="1"', "1", 2),
        ('IFD="0"', 'IFD="1"', "1", 2),
    ],
)
def test_xml_that_promises_too_much(write, old, new, kept, of):
    path = described(lambda text: text.replace(old, new), write)
    missing = "planes are missing (they are in none of its pages)"
    notes = covoxel.read_image(path)[0].notes
    assert f"{missing}: opened are channels {kept} of {of}" in notes


def test_malformed_xml_can_be_done_without(write):
    path = described(lambda text: text.replace("<Channel", "<<Channel", 1), write)
    assert [c.axes for c in covoxel.read_image(path, axes="CYX")] == ["YX", "YX"]


def test_entities_are_not_expanded(write):
    bomb = "<!DOCTYPE b [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY a{i} '{f'&a{i - 1 if i else str()};' * 10}'>" for i in range(9)
    )
    path = described(
        lambda text: text.replace("?>", f"?>{bomb}]>", 1).replace("Image0", "&a8;"), write
    )
    with pytest.raises(ImageError, match="entities"):
        covoxel.read_image(path)
    with pytest.raises(ImageError, match="entities"):
        parse_ome(path, f"{bomb}]><OME/>")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["../x.tif", "{folder}/x.tif", "..\\x.tif", "C:\\x.tif", "sub/x.tif", ".."]
)
@pytest.mark.parametrize("companion", [False, True])
def test_files_outside_the_folder_are_not_read(tmp_path, name, companion):
    folder = tmp_path / "a"
    (folder / "sub").mkdir(parents=True)
    for other in (tmp_path, folder / "sub"):
        tifffile.imwrite(other / "x.tif", np.full((8, 9), 7, "u2"))
    files, data = set_of_files(folder, companion=companion)
    outside = name.format(folder=tmp_path)
    if companion:
        text = tifffile.tiffcomment(files[0]).replace("set.companion.ome", outside)
    else:
        text = tifffile.tiffcomment(files[0]).replace("t2.ome.tif", outside)
    tifffile.tiffcomment(files[0], text.encode())
    with pytest.raises(ImageError, match=r"only files beside it, in its folder, are read.*axes="):
        covoxel.read_image(files[0])
    np.testing.assert_array_equal(pixels(covoxel.read_image(files[0], axes="CYX")), data[0])


def test_pages_that_are_stored_alike_are_described_once(tmp_path, monkeypatch):
    path = tmp_path / "a.ome.tif"
    n = 300
    planes = "".join(f'<TiffData FirstT="{t}" IFD="{t}" PlaneCount="1"/>' for t in range(n))
    text = (
        f'{HEAD}><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" '
        f'SizeX="4" SizeY="4" SizeC="1" SizeZ="1" SizeT="{n}">{planes}</Pixels></Image></OME>'
    )
    with tifffile.TiffWriter(path) as tiff:
        for t in range(n):
            page = np.full((4, 4), t % 251, "u1")
            tiff.write(page, description=text if t == 0 else None, metadata=None, contiguous=False)
    described = []
    page_of = tifffile.TiffPage.__init__
    monkeypatch.setattr(
        tifffile.TiffPage,
        "__init__",
        lambda *args, **kw: described.append(0) or page_of(*args, **kw),
    )
    (channel,) = covoxel.read_image(path)
    assert len(described) < 10
    np.testing.assert_array_equal(np.asarray(channel.data)[:, 0, 0], np.arange(n) % 251)


def test_pages_named_again_and_again_are_refused(write):
    path = described(lambda text: re.sub("<TiffData[^>]*>", "<TiffData/>" * 2000, text), write)
    with pytest.raises(ImageError, match="names the same pages again and again"):
        covoxel.read_image(path)
