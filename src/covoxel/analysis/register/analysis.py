"""Registration of channel 2 to channel 1, or of the time points of a channel to its first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.channels import FramePair
from covoxel.analysis.function import function_of
from covoxel.analysis.image_layers import moved_layers
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.memory_needs import refuse_registration
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.register.schema import LENGTHS, MATRIX, PLANE, QUALITY, REGISTER_COLUMNS
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.result import LayerData, OutputFile, Result
from covoxel.analysis.schema import SHIFTS, by_axis, undefined
from covoxel.analysis.tables import Row, Table
from covoxel.core.types import Note
from covoxel.quality.kinds import CHANNEL_SHIFT
from covoxel.registration.record import Registration, direction_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.quality.caution import Caution

_SHIFTS = tuple(one.name for one in SHIFTS)
_LENGTHS = tuple(one.name for one in LENGTHS)
_QUALITY = tuple(one.name for one in QUALITY)
#: What is the same for all translations.
_MATRIX = tuple(one.name for one in (*PLANE, *MATRIX))


@dataclass(frozen=True, eq=False, repr=False)
class RegisterResult(Result):
    """Registrations; ``found`` holds the `Registration` of each row, or None.

    The registration of channels that are not registrable has no shift.
    """

    def registrations(self) -> Registrations:
        """Return the registrations of the one pair of channels, to be saved or applied.

        Raises
        ------
        ValueError
            If there are several pairs, or nothing was found.
        """
        return held_by(self.table, self.found, drift=self.settings["drift"])


def _write(result: RegisterResult, path: Path, *, overwrite: bool) -> None:
    from covoxel.io.errors import ImageError

    if not any(found and found.registrable is not False for found in result.found):
        raise ImageError(result.file, f"cannot be registered: {result.table['notes'].iat[0]}")
    result.registrations().save(path, overwrite=overwrite)


class RegisterAnalysis(Analysis[RegisterOptions, Registration, RegisterResult]):
    """Find the shift, rotation or magnification that registers channel 2 to channel 1.

    Each time point is registered by itself, as a stack or plane by plane; or, for the drift, each
    time point of one channel to its first.

    Returns
    -------
    RegisterResult
        Its ``table`` has one row for each pair of channels, time point and plane, with the columns
        of `covoxel.analysis.register.schema`: the shift that is added to channel 2 to register it
        to channel 1, and whether the channels are ``registrable``. Where they are not, or there is
        nothing to register by, the shift is NaN with the reason in ``notes``.

    Examples
    --------
    >>> from covoxel import register_channels, simulate_pair
    >>> pair = simulate_pair(offset=(4, -3), n_frames=2, rng=1)
    >>> result = register_channels(pair.channel1, pair.channel2, max_shift=10)
    >>> result.table[["t", "shift_y", "shift_x"]].round(1).to_numpy().tolist()
    [[0, -4.0, 3.0], [1, -4.0, 3.0]]
    """

    name = "register"
    function = "register_channels"
    title = "Registration"
    page = "measures/registration"
    widget = "Register"
    progress_text = "registering"
    options = RegisterOptions
    accepts = Accepts(
        one_size=False,
        labels=False,
        shapes=False,
        per_plane=False,
        registration=False,
        images="Two channels with pixels of one size, of which one may be a crop; or a list of "
        "channels as `image1` alone, of which every pair is registered. Arrays are (Z)YX unless "
        "`axes` says otherwise. For the drift one is enough.",
    )
    unit = "frame"
    aspects = ("distance",)
    tables = (Table("register", REGISTER_COLUMNS),)
    result = RegisterResult
    printed = Printed(
        settings=("transform", "method", "max_shift"),
        results=(*_SHIFTS, *_LENGTHS, *_MATRIX, *_QUALITY),
        wide=(*_SHIFTS, *_QUALITY, *_LENGTHS, *_MATRIX),
        implied_units=("px",),
        headline=("registrable", *_SHIFTS, "uncertainty"),
    )
    methods = (
        "The shift between {channels} was found by registration (transform: {transform}; method: "
        "{method})."
    )
    draws = "images"
    files = (OutputFile("save", "File for the registration, as JSON.", _write),)

    def one_channel(self, options: RegisterOptions) -> bool:
        """Drift is that of one channel."""
        return options.drift

    def take(self, image1: Any, image2: Any, options: RegisterOptions, **given: Any) -> Any:
        """Check the inputs, which the options divide into planes."""
        return super().take(image1, image2, options, per_plane=options.each == "plane", **given)

    def refuse(self, inputs: AnalysisInputs, options: RegisterOptions) -> None:
        """Refuse masks and shifts that cannot be, and what does not fit into memory."""
        from covoxel.correlation.frames import shift_bound

        if options.method != "ncc" and inputs.masked:
            msg = f"method is {options.method!r}, which does not support masks; use 'ncc'"
            raise ValueError(msg)
        inputs.regions.passes(inputs.channels[0], (inputs.frame_pairs[0].t,))  # a mask must fit
        shapes = [channel.spatial_shape for channel in inputs.channels]
        if (inputs.per_plane or inputs.z is not None) and len({shape[0] for shape in shapes}) > 1:
            msg = (
                "the images have different numbers of planes; planes cannot be registered one by "
                "one"
            )
            raise ValueError(msg)
        largest = tuple(np.max(shapes, axis=0).tolist())[-len(inputs.axes) :]
        shift_bound(options.max_shift, largest)
        if not inputs.masked:
            refuse_registration(options.transform, largest, options.max_shift, options.min_overlap)

    def raises(self, options: RegisterOptions) -> bool:
        """Return False: what cannot be registered is a row."""
        return False

    def compute(self, unit: FramePair, options: RegisterOptions) -> Registration:
        """Register a frame or plane."""
        from covoxel.registration.estimate import register

        if unit.progress is not None:
            unit.progress(0, 1)
        image1, image2 = unit.images()
        return register(
            image1,
            image2,
            max_shift=options.max_shift,
            transform=options.transform,
            method=options.method,
            subpixel=options.subpixel,
            min_overlap=options.min_overlap,
            **unit.masks(),
        )

    def rows(self, unit: FramePair, found: Registration, options: RegisterOptions) -> Iterator[Row]:
        """Yield the row of a registration."""
        yield Row(_settings(unit, options) | _values(found), list(_notes(found)), found)

    def empty_rows(
        self, unit: FramePair, error: ValueError, options: RegisterOptions
    ) -> Iterator[Row]:
        """Yield a row with the reason."""
        yield Row(_settings(unit, options), [("shift", str(error))])

    def listed(self, row: pd.Series[Any]) -> Sequence[str]:
        """Leave out the matrix of a translation."""
        names = self.printed.results
        if row["transform"] != "translation":
            return names
        return [name for name in names if name not in _MATRIX]

    def figures(self, result: RegisterResult) -> Iterator[tuple[str, Figure]]:
        """Yield the one pair of channels after registration."""
        from covoxel.report.channels import channels_figure

        if result.settings["drift"] or len(result.channels) != 2 or not any(result.found):
            return
        first, second = result.channels
        moved = result.registrations().apply(second, fill_nan=True)
        t, z = result.inputs.t, result.inputs.z
        yield "After registration", channels_figure([first, moved], t=t or 0, z=z)

    def reports(self, caution: Caution, options: RegisterOptions) -> bool:
        """Return whether rows report a caution; not the shift that is their result."""
        return super().reports(caution, options) and caution.code != CHANNEL_SHIFT.code()

    def layers(self, result: RegisterResult) -> list[LayerData]:
        """Return the moved channel of the one pair, or the one whose drift was corrected."""
        registrations = result.registrations()
        still = 0 if registrations.drift else 1
        return moved_layers(result.channels[still:], registrations)


def _settings(unit: FramePair, options: RegisterOptions) -> dict[str, Any]:
    """Return what a row has before anything is found."""
    reach = options.max_shift
    values = unit.identity() | undefined(REGISTER_COLUMNS, unit.axes)
    if len(unit.axes) == 2:
        values |= dict.fromkeys(("rotation", "scale"), np.nan)
    return values | {
        "undetermined": "",
        "transform": options.transform,
        "method": options.method,
        "max_shift": ",".join(map(str, reach)) if isinstance(reach, tuple) else reach,
        "min_overlap": options.min_overlap,
    }


def _values(found: Registration) -> dict[str, Any]:
    """Return the numbers of a registration."""
    out = {} if found.registrable is False else movement(found)
    if len(found.axes) == 2 and out:
        out |= {"rotation": found.rotation, "scale": found.scale}
    for name in ("registrable", "ambiguous", "ncc_before", "ncc_after", "overlap", "peak_ratio"):
        out[name] = getattr(found, name)
    return out | {"undetermined": ", ".join(map(direction_text, found.undetermined))}


def movement(found: Registration) -> dict[str, Any]:
    """Return shift, matrix and standard error along the worst axis, NaN if one is unknown."""
    axes = found.axes.lower()
    out: dict[str, Any] = {}
    for suffix, steps in (("", found.shift), ("_um", found.shift_um)):
        if steps is not None:
            out |= by_axis("shift", axes, steps, suffix)
    entries = np.ravel(found.matrix).tolist()
    pairs = product(axes, repeat=2)
    out |= {f"a_{to}{of}": entry for (to, of), entry in zip(pairs, entries, strict=True)}
    errors = np.array(found.uncertainty or (np.nan,))
    if found.undetermined and np.isfinite(errors).any():
        errors = errors[np.isfinite(errors)]
    return out | {"uncertainty": float(np.max(errors))}


def _notes(found: Registration) -> Iterator[Note]:
    """Yield the reasons for what is missing, and remarks on the rest."""
    if found.registrable is False:
        yield from (("shift", note) for note in found.notes)
        return
    if found.spacing is None:
        yield "shift_um", "the voxel size is unknown"
    if np.isnan(found.peak_ratio):
        yield "peak_ratio", "there is no other peak"
    errors = np.isfinite(found.uncertainty or (np.nan,))
    if found.undetermined and errors.any():
        yield "uncertainty", "that of the axes along which the shift is determined"
    elif not errors.all():
        yield "uncertainty", "unknown"
    yield from (("registration", note) for note in found.notes)


def held_by(
    table: pd.DataFrame, found: Sequence[Registration | None], *, drift: bool = False
) -> Registrations:
    """Return the registrations of the rows of a table, which are of one pair of channels."""
    pairs = table[["channel1", "channel2"]].drop_duplicates()
    if len(pairs) > 1:
        listed = ", ".join(" with ".join(pair) for pair in pairs.to_numpy())
        msg = f"several pairs were registered, {listed}; choose two channels"
        raise ValueError(msg)
    times, planes = (_varying(table[name]) for name in ("t", "z"))
    rows = zip(times, planes, found, strict=True)
    held = {(t, z): registration for t, z, registration in rows if registration is not None}
    if not held:
        msg = f"there is no registration: {table['notes'].iat[0]}"
        raise ValueError(msg)
    return Registrations(held, drift)


def _varying(places: pd.Series[Any]) -> list[int | None]:
    """Return time points or planes; None of all of them where there is only one."""
    if places.nunique() < 2:
        return [None] * len(places)
    return [int(place) for place in places]


REGISTER = RegisterAnalysis()
register_channels = function_of(REGISTER)
