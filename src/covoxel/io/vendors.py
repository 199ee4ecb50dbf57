"""What the vendors of microscopes write beside the pixels of their TIFFs."""

from __future__ import annotations

import math
from typing import Any

from covoxel.io.metadata import Metadata, hex_color, known
from covoxel.io.units import micrometers, seconds


def from_lsm(tiff: Any) -> Metadata:
    """Read the metadata of a Zeiss LSM file."""
    info = tiff.lsm_metadata or {}
    sizes = {axis: micrometers(info.get(f"VoxelSize{axis}"), "m") for axis in "ZYX"}
    channels = info.get("ChannelColors") or {}
    return Metadata(
        names=tuple(str(name) for name in channels.get("ColorNames", ())),
        colors=tuple(hex_color(*color[:3]) for color in channels.get("Colors", ())),
        steps=known(**sizes),
        time_step=seconds(info.get("TimeIntervall"), "s"),
    )


def from_stk(tiff: Any) -> Metadata:
    """Read the metadata of a MetaMorph stack."""
    info = tiff.stk_metadata or {}
    unit = str(info.get("CalibrationUnits", ""))
    distances = {float(step) for step in info.get("ZDistance", ())}
    z = distances.pop() if len(distances) == 1 else math.nan
    return Metadata(
        names=(str(info["Name"]),) if info.get("Name") else (),
        steps=known(
            Z=micrometers(z, unit),
            Y=micrometers(info.get("YCalibration"), unit),
            X=micrometers(info.get("XCalibration"), unit),
        ),
    )


def from_sis(tiff: Any) -> Metadata:
    """Read the metadata of an Olympus SIS file, whose pixels are in metres."""
    info = tiff.sis_metadata or {}
    bands = [one for one in info.get("Band", ()) if isinstance(one, dict)]
    names = [next((str(v) for k, v in one.items() if "name" in k.lower()), "") for one in bands]
    return Metadata(
        names=tuple(names) if any(names) else (),
        steps=known(
            Y=micrometers(info.get("pixelsizey"), "m"),
            X=micrometers(info.get("pixelsizex"), "m"),
        ),
    )


def from_metaseries(tiff: Any) -> Metadata:
    """Read the metadata of a MetaSeries file (MetaMorph, MetaXpress): wavelength and pixel."""
    info = tiff.metaseries_metadata or {}
    plane = info.get("PlaneInfo", {})
    name = str(plane.get("_IllumSetting_") or plane.get("image-name") or "")
    if not plane.get("spatial-calibration-state", True):
        return Metadata(names=(name,) if name else ())
    unit = str(plane.get("spatial-calibration-units", ""))
    return Metadata(
        names=(name,) if name else (),
        steps=known(
            Y=micrometers(plane.get("spatial-calibration-y"), unit),
            X=micrometers(plane.get("spatial-calibration-x"), unit),
        ),
    )
