"""Files of many programs that once were read wrongly, each with what is right."""

import numpy as np
import pytest
import tifffile

import covoxel
from covoxel import measure
from covoxel.io import image_info


def names(channels) -> list[str]:
    return [channel.name for channel in channels]


def pages(path) -> np.ndarray:
    with tifffile.TiffFile(path, is_ome=False, is_ndtiff=False) as tiff:
        return np.stack([page.asarray() for page in tiff.pages if page.shape[0] > 8])


@pytest.mark.parametrize("position", [0, 1])
def test_each_file_of_a_set_opens_as_its_own_position(cases, position):
    path = cases / "two_positions" / f"a_MMStack_Pos{position}.ome.tif"
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal([c.read() for c in channels], pages(path))
    title = f"image {position + 1} of 2: Pos{position}"
    assert channels[0].notes == (title,)
    assert {c.source.series for c in channels} == {position}
    info = image_info(path)
    assert ("series", f"{position} ({title}, opened by default)") in info.rows()
    table = measure(*channels, measures="pearson").table
    assert table["pearson"][0] == pytest.approx(1 if position else 0, abs=0.05)
    assert f"file: {title}" in table["notes"][0]
    (other, _) = covoxel.read_image(path, series=1 - position)
    assert other.source.files == (str(path.with_name(f"a_MMStack_Pos{1 - position}.ome.tif")),)


def test_a_position_is_found_by_a_relative_path(cases, monkeypatch):
    monkeypatch.chdir(cases / "two_positions")
    channels = covoxel.read_image("a_MMStack_Pos1.ome.tif")
    assert channels[0].notes == ("image 2 of 2: Pos1",)


def test_a_position_alone_opens_and_names_what_is_absent(cases):
    path = cases / "position_alone" / "a_MMStack_Pos0.ome.tif"
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal([c.read() for c in channels], pages(path))
    absent = "absent images: Pos1 (a_MMStack_Pos1.ome.tif is not beside it)"
    assert channels[0].notes == ("image 1 of 2: Pos0", absent)
    with pytest.raises(ValueError, match=r"series is 1; .* has the series 0; .* are missing"):
        covoxel.read_image(path, series=1)


@pytest.mark.parametrize(
    ("name", "axes", "channels", "n_frames", "note"),
    [
        ("aborted_T.ome.tif", "TYX", ["DAPI", "GFP"], 3, "opened are time points 0 to 2 of 5"),
        ("ij_too_many.tif", "ZYX", ["channel 1", "channel 2"], 1, "opened are Z 0 to 1 of 20"),
        ("binary_only.ome.tif", "YX", ["binary_only"], 1, "Ch1_000001.ome.tif', which is not"),
        ("companion_missing_one.ome.tif", "YX", ["DAPI"], 1, "gone_C1.ome.tif is not beside it"),
        ("extra_page.ome.tif", "YX", ["DAPI", "GFP"], 1, "left out: 1 of the 3 pages"),
        ("no_tiffdata.ome.tif", "YX", ["DAPI", "GFP"], 1, "does not say where its planes are"),
    ],
)
def test_what_is_there_is_opened_with_a_note(cases, name, axes, channels, n_frames, note):
    found = covoxel.read_image(cases / name)
    assert (names(found), found[0].axes, found[0].n_frames) == (channels, axes, n_frames)
    assert note in " ".join(found[0].notes)
    planes = np.concatenate([c.read(t).reshape(-1, 32, 32) for t in range(n_frames) for c in found])
    stored = pages(cases / name)
    assert {plane.tobytes() for plane in planes} == {p.tobytes() for p in stored[: len(planes)]}


@pytest.mark.parametrize(
    ("name", "spacing"),
    [
        ("scifio_cm.tif", (0.235, 0.15, 0.15)),
        ("mm_um_cm.tif", (0.1, 0.1)),
        ("ij_spacing_one.tif", (1, 0.1, 0.1)),
    ],
)
def test_the_stronger_source_of_a_length_wins(cases, name, spacing):
    for channel in covoxel.read_image(cases / name):
        assert channel.spacing == pytest.approx(spacing)
        assert not any("outside" in note for note in channel.notes)


@pytest.mark.parametrize("size", [1e12, 1e-12])
def test_a_pixel_that_cannot_be_is_ignored(write, size):
    metadata = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": 0.1}
    path, _ = write("a.ome.tif", (8, 9), metadata=metadata)
    (channel,) = covoxel.read_image(path)
    assert channel.spacing is None
    assert f"X {size:g} µm is outside 1 nm to 100 µm (ignored)" in channel.notes[0]


@pytest.mark.parametrize("size", [1e-5, 200.0])
def test_a_pixel_of_no_microscope_is_noted(write, size):
    metadata = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size}
    path, _ = write("a.ome.tif", (8, 9), metadata=metadata)
    (channel,) = covoxel.read_image(path)
    assert channel.spacing == pytest.approx((size, size))
    assert f"{size:g} µm, X {size:g} µm is outside 1 nm to 100 µm" in channel.notes[0]
    assert covoxel.read_image(path, spacing=(1, 1))[0].notes == ()


def test_letters_of_a_single_label_are_no_names(cases):
    assert names(covoxel.read_image(cases / "ij_one_label_2ch.tif")) == ["channel 1", "channel 2"]


def test_lists_of_one_of_imagej(write):
    lut = np.linspace(0, (255, 0, 0), 256, axis=1).astype("u1")
    for label, name in (("Red", "Red"), ("Actin\x1b[31m\r\nx", "Actin")):
        metadata = {"axes": "ZYX", "LUTs": [lut], "Labels": [label] * 3}
        path, _ = write("a.tif", (3, 8, 9), imagej=True, metadata=metadata)
        (channel,) = covoxel.read_image(path)
        assert (channel.name, channel.color) == (name, "#ff0000")
    metadata = {"axes": "CYX", "Labels": ["Red"], "LUTs": [lut]}
    path, _ = write("b.tif", (3, 8, 9), imagej=True, metadata=metadata)
    assert names(covoxel.read_image(path)) == ["channel 1", "channel 2", "channel 3"]


@pytest.mark.parametrize("name", ["", "12_bit_pycromanager_mda_NDTiffStack.tif"])
def test_ndtiff_by_folder_and_by_file(cases, name):
    path = cases / "ndtiff" / name
    channels = covoxel.read_image(path)
    assert names(channels) == ["DAPI", "FITC"]
    assert {(c.axes, c.shape, c.spacing) for c in channels} == {("TYX", (4, 64, 64), (1, 1))}
    stored = pages(cases / "ndtiff" / "12_bit_pycromanager_mda_NDTiffStack.tif")
    both = np.stack([np.asarray(c.data) for c in channels], axis=1)
    np.testing.assert_array_equal(both.reshape(8, 64, 64), stored)
    assert image_info(path).format == "NDTiff"
    assert channels[0].source.files == (str(cases / "ndtiff" / stored_name(cases)),)


def stored_name(cases) -> str:
    return next((cases / "ndtiff").glob("*.tif")).name


def test_scanimage(cases):
    channels = covoxel.read_image(cases / "scanimage.tif")
    assert names(channels) == ["Green", "Red"]
    assert {(c.axes, c.shape) for c in channels} == {("TYX", (4, 32, 32))}
    assert channels[0].time_step == pytest.approx(1 / 30)
    stored = pages(cases / "scanimage.tif")
    np.testing.assert_array_equal(np.asarray(channels[1].data), stored[1::2])
    split = covoxel.read_image(cases / "scanimage.tif", axes="TCYX", sizes="C=2")
    assert names(split) == ["Green", "Red"]
    np.testing.assert_array_equal(np.asarray(split[1].data), stored[1::2])


def test_pages_with_the_names_of_channels(cases):
    channels = covoxel.read_image(cases / "pagenames_imc.tif")
    assert names(channels) == ["CD45(Sm152Di)", "DNA1(Ir191Di)", "DNA2(Ir193Di)"]
    assert {c.axes for c in channels} == {"YX"}
    assert covoxel.read_image(cases / "pagenames_imc.tif", axes="ZYX")[0].shape == (3, 32, 32)


def test_alpha_is_no_channel_at_any_depth(cases):
    channels = covoxel.read_image(cases / "rgba16.tif")
    assert names(channels) == ["red", "green", "blue"]
    assert [c.color for c in channels] == ["#ff0000", "#00ff00", "#0000ff"]


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_gray_with_alpha_is_one_channel(write, dtype):
    options = {"extrasamples": ["unassalpha"], "planarconfig": "contig", "metadata": None}
    path, data = write("a.tif", (8, 9, 2), dtype, photometric="minisblack", **options)
    (channel,) = covoxel.read_image(path)
    np.testing.assert_array_equal(channel.read(), data[..., 0])


def test_samples_that_are_no_alpha_stay_channels(write):
    options = {"extrasamples": ["unspecified"], "metadata": None}
    path, data = write("a.tif", (8, 9, 4), photometric="rgb", **options)
    channels = covoxel.read_image(path)
    assert names(channels) == ["red", "green", "blue", "channel 4"]
    np.testing.assert_array_equal(channels[3].read(), data[..., 3])


def test_a_prefix_of_names_in_xml_changes_nothing(cases):
    channels = covoxel.read_image(cases / "prefixed.ome.tif")
    assert names(channels) == ["DAPI", "GFP"]
    assert channels[0].spacing == (0.1, 0.1)


def test_times_of_planes_give_the_time_step(cases):
    assert {c.time_step for c in covoxel.read_image(cases / "deltaT.ome.tif")} == {30.0}


def test_the_lowest_number_is_no_colour(cases):
    assert [c.color for c in covoxel.read_image(cases / "color_min.ome.tif")] == [None, None]


def test_every_refused_file_of_ome_gives_its_pages_with_axes(cases):
    for path in sorted(cases.glob("*.ome.tif")):
        stored = pages(path)
        axes = "CYX" if len(stored) > 1 else "YX"
        found = covoxel.read_image(path, axes=axes)
        np.testing.assert_array_equal([c.read() for c in found], stored, err_msg=path.name)


@pytest.mark.parametrize("n_pages", [8, 7])
def test_a_file_of_an_ndtiff_set_without_its_index(cases, tmp_path, n_pages):
    stored = cases / "ndtiff" / stored_name(cases)
    path = tmp_path / "alone.tif"
    content = bytearray(stored.read_bytes())
    with tifffile.TiffFile(stored) as tiff:
        last = tiff.pages[n_pages - 1]
        at = last.offset + 2 + 12 * len(last.tags)
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    channels = covoxel.read_image(path)
    assert names(channels) == ["DAPI", "FITC"]
    assert {(c.axes, c.n_frames, c.spacing) for c in channels} == {("TYX", n_pages // 2, (1, 1))}
    np.testing.assert_array_equal(
        np.asarray(channels[1].data), pages(path)[1 : n_pages // 2 * 2 : 2]
    )
    assert "its index or OME-XML is not here" in " ".join(channels[0].notes)
    assert ("time points 0 to 2 of 4" in " ".join(channels[0].notes)) == (n_pages == 7)


def test_the_other_file_of_a_set_may_be_broken(cases, tmp_path):
    for file in (cases / "two_positions").iterdir():
        (tmp_path / file.name).write_bytes(
            file.read_bytes()[: -3000 if "Pos0" in file.name else None]
        )
    path = tmp_path / "a_MMStack_Pos1.ome.tif"
    channels = covoxel.read_image(path)
    np.testing.assert_array_equal([c.read() for c in channels], pages(path))
    assert "absent images: Pos0 (a_MMStack_Pos0.ome.tif is truncated" in channels[0].notes[1]
