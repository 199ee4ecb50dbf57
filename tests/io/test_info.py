"""image_info: what a file holds, for people."""

from covoxel.io import ImageInfo, image_info


def test_rows_tell_what_matters(write):
    metadata = {"axes": "ZCYX", "unit": "um", "spacing": 0.5, "Labels": ["A", "B"] * 3}
    resolution = {"resolution": (10, 10), "resolutionunit": "NONE"}
    path, _ = write("a.tif", (3, 2, 8, 9), imagej=True, metadata=metadata, **resolution)
    info = image_info(path)
    assert isinstance(info, ImageInfo)
    assert info.rows() == [
        ("file", str(path)),
        ("format", "ImageJ TIFF"),
        ("axes", "CZYX, stored as ZCYX"),
        ("shape", "2 × 3 × 8 × 9"),
        ("data type", "uint16"),
        ("channels", "1 A, 2 B"),
        ("voxel size", "Z 0.5 µm, Y 0.1 µm, X 0.1 µm"),
    ]


def test_rows_say_what_is_unknown(write):
    path, _ = write("a.tif", (3, 2, 8, 9), "f4", metadata={"axes": "TCYX"})
    rows = image_info(path).rows()
    assert ("voxel size", "unknown") in rows
    assert ("note", "no voxel size: distances are in pixels") in rows
    assert ("note", "no time step: times are in frames") in rows
