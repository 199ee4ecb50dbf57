"""The formats that are read: how their files are known, and what reads them."""

from __future__ import annotations

from dataclasses import dataclass

from covoxel.io.ifd import KINDS


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files or folders."""

    name: str
    #: Endings of its names.
    suffixes: tuple[str, ...]
    #: The module of `covoxel.io` whose function ``load`` returns dialect and images of a path.
    module: str
    #: What files of it start with.
    starts: tuple[bytes, ...] = ()
    #: The package that reads it.
    library: str = "tifffile"
    #: The extra of Covoxel that installs it; empty for what is always there.
    extra: str = ""
    #: Whether smaller levels of a pyramid are read.
    levels: bool = False
    #: Whether folders are searched for images of it, and napari leaves its files to Covoxel.
    searched: bool = True


TIFF = Format(
    "TIFF",
    (".tif", ".tiff", ".btf", ".tf2", ".tf8", ".lsm", ".stk"),
    "tiff",
    tuple(KINDS),
    levels=True,
)
NDTIFF = Format("NDTiff", (), "tiff")
ZARR = Format("OME-Zarr", (".zarr",), "ome_zarr", library="zarr", extra="zarr", levels=True)
PNG = Format("PNG", (".png",), "png", (b"\x89PNG\r\n\x1a\n",), "imagecodecs", searched=False)
FORMATS = (
    TIFF,
    NDTIFF,
    Format("CZI", (".czi",), "czi", (b"ZISRAWFILE",), "czifile or pylibCZIrw", "czi", levels=True),
    Format("ND2", (".nd2",), "nd2", (b"\xda\xce\xbe\n", b"\0\0\0\x0cjP  "), "nd2", "nd2"),
    Format("LIF", (".lif",), "lif", (b"\x70\0\0\0",), "liffile", "lif"),
    Format(
        "OIB/OIF",
        (".oib", ".oif"),
        "oib",
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe[\0"),
        "oiffile",
        "oib",
    ),
    ZARR,
    PNG,
)
#: What a ZIP archive starts with, as a workbook of Excel is.
ZIP = b"PK\x03\x04"
#: What other files start with, which are taken for images.
OTHERS = {
    b"\xff\xd8\xff": "JPEG, which changes intensities",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "HDF5, as Imaris and ilastik write it",
    ZIP: "a ZIP archive",
}
_SUFFIXES = tuple(suffix for one in FORMATS for suffix in one.suffixes)
#: Endings of the names of images that folders are searched for.
SUFFIXES = tuple(suffix for one in FORMATS for suffix in one.suffixes if one.searched)
#: Endings of the images that are written.
IMAGE_ENDINGS = (".ome.tif", ".tif", *ZARR.suffixes)


def stem(name: str) -> str:
    """Return the name of an image without its suffixes.

    Examples
    --------
    >>> stem("day 1.ome.tif"), stem("day.1.czi"), stem("day.1")
    ('day 1', 'day.1', 'day.1')
    """
    kept = next((name[: -len(one)] for one in _SUFFIXES if name.lower().endswith(one)), None)
    if kept is None:
        return name
    return kept[:-4] if kept.lower().endswith(".ome") else kept
