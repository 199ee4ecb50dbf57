"""The methods paragraph: what was done, in plain English, from the record of a result."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.reporting.verdict import listed
from covoxel.analysis.schema import CHANCE, Column
from covoxel.core.text import counted

#: How inputs are called in a sentence, where their names do not say it.
_ROLES = {"replicate1": "second image of channel 1", "replicate2": "second image of channel 2"}
#: What belongs to other options, or stands elsewhere.
_WITHIN = ("conventions", "registration", "bleed_shares", "replicates")


def methods_text(analysis: Any, record: Mapping[str, Any], found: str = "") -> str:
    """Return the methods paragraph of an analysis, what was found, and the references.

    It names the program and its versions, images, regions, every option that differs from its
    default, and every reference of the columns.

    `record`: the provenance of its main table, as it is written beside it.
    `found`: a sentence on the numbers.

    Returns
    -------
    str
        Paragraphs with an empty line between them.

    Examples
    --------
    >>> from covoxel import measure_ccf, simulate_pair
    >>> from covoxel.analysis.provenance import provenance
    >>> from covoxel.analysis.registry import analysis
    >>> pair = simulate_pair(shape=(64, 64), n_spots1=20, rng=1)
    >>> result = measure_ccf(pair.channel1, pair.channel2, max_shift=8)
    >>> declared = analysis("ccf")
    >>> record = provenance(result.table, result.channels, None, declared.main.columns)
    >>> text = methods_text(declared, record)
    >>> "Largest lag = 8 px" in text and "doi.org/10.1242/jcs.109.4.787" in text
    True
    """
    sentences = [
        analysis.methods.format_map(_Words(record)),
        _images(record),
        *_inputs(record),
        _settings(analysis, record),
        _definitions(record),
    ]
    return "\n\n".join(filter(None, [" ".join(filter(None, sentences)), found, _sources(record)]))


class _Words(dict[str, Any]):
    """What a template of a sentence can name: options and channels."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        names = [str(one["name"]) for one in record["channels"]]
        super().__init__(record["options"])
        self["channels"] = listed(names)

    def __missing__(self, name: str) -> str:
        return f"{name} unknown"


def versions_text(record: Mapping[str, Any]) -> str:
    """Return the versions of all programs in words."""
    libraries = ", ".join(f"{name} {version}" for name, version in record["packages"].items())
    return f"Covoxel {record['covoxel']} (Python {record['python']}, {libraries})"


def _images(record: Mapping[str, Any]) -> str:
    by = f"analysed by {versions_text(record)}"
    if "images" in record:
        return f"{counted(record['images'], 'image')} were {by}."
    channel = record["channels"][0]
    spacing, axes = channel["spacing_um"], channel["axes"].replace("T", "")
    size = " × ".join(map(str, channel["shape"]))
    kind = f"Images ({size}, {channel['axes']}, {channel['data_type']}"
    lengths = " × ".join(f"{one:g}" for one in spacing or ())
    voxel = f"voxel size {lengths} µm, {axes}" if spacing else "voxel size unknown"
    step = f"; {channel['time_step_s']:g} s between time points" if channel["time_step_s"] else ""
    return f"{kind}; {voxel}{step}) were {by}."


def _inputs(record: Mapping[str, Any]) -> Iterator[str]:
    given = {role: one["file"] for role, one in record["inputs"].items()}
    names = [f"{_ROLES.get(role, role)} ({file})" for role, file in given.items()]
    names += [name for name in record.get("regions", ()) if name not in given]
    if names:
        yield f"Also given: {listed(names)}."
    if "registration" in record["options"]:
        yield "Channel 2 was registered to channel 1 first."


def _settings(analysis: Any, record: Mapping[str, Any]) -> str:
    changed = changed_text(setting_rows(analysis, record))
    if not changed:
        return "All settings were the defaults of this version."
    return f"Settings other than the defaults of this version: {changed}."


#: Label, value and meaning of an option, and whether it is the default.
Setting = tuple[str, str, str, bool]


def changed_text(settings: Iterable[Setting]) -> str:
    """Return the options that differ from their defaults as they stand in a sentence."""
    return "; ".join(f"{label} = {text}" for label, text, _, usual in settings if not usual)


def setting_rows(analysis: Any, record: Mapping[str, Any]) -> list[Setting]:
    """Return the options of an analysis."""
    usual = analysis.settings(analysis.options(), {*record["inputs"], *record.get("regions", ())})
    given = {name: value for name, value in record["options"].items() if name not in _WITHIN}
    return [*option_rows(analysis.options, given, usual, analysis.main.columns)]


def option_rows(
    options: type[Any],
    values: Mapping[str, Any],
    usual: Mapping[str, Any],
    columns: Sequence[Column] = (),
) -> Iterator[Setting]:
    """Yield the options of a dataclass with their values; `columns` have the groups of measures."""
    fields: dict[str, Mapping[str, Any]] = {
        name: {"label": one.label, "help": one.text} for name, one in INPUTS.items() if one.label
    }
    fields |= {one.name: one.metadata for one in dataclasses.fields(options)}
    for name, value in values.items():
        known = fields.get(name, {})
        unit = known.get("unit", "") if isinstance(value, int | float | list) else ""
        named = _by_group(value, columns) if "names" in known else value
        shown = f"{setting_text(named, known)} {unit}".strip()
        label = known.get("label", name.replace("_", " ").capitalize())
        yield label, shown, known.get("help", ""), value == usual.get(name, False)


def setting_text(value: Any, metadata: Mapping[str, Any]) -> str:
    """Return the value of an option in words.

    Examples
    --------
    >>> setting_text(True, {}), setting_text([2, 10], {}), setting_text(None, {"empty": "all"})
    ('on', '2, 10', 'all')
    """
    if value is None:
        return str(metadata.get("empty", "automatic"))
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _by_group(names: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """Return names of columns with that of their group in place of all columns of it."""
    groups: dict[str, list[str]] = {}
    for one in columns:
        groups.setdefault(one.group, []).append(one.name)
    whole = {one: group for group, own in groups.items() if {*own} <= {*names} for one in own}
    return [*dict.fromkeys(whole.get(name) or name for name in names)]


def references(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the columns that each reference defines, by the reference."""
    found: dict[str, list[str]] = {}
    for name, column in record["columns"].items():
        if (source := column.get("reference")) and not name.endswith(CHANCE):
            found.setdefault(source, []).append(name)
    return found


def _definitions(record: Mapping[str, Any]) -> str:
    used = [f"{', '.join(names)} as in {_author(one)}" for one, names in references(record).items()]
    return f"Definitions: {'; '.join(used)}." if used else ""


def _sources(record: Mapping[str, Any]) -> str:
    sources = [source.replace("doi:", "https://doi.org/") for source in references(record)]
    return f"References: {'; '.join(sources)}." if sources else ""


def _author(source: str) -> str:
    return source.partition(", doi:")[0]


def file_rows(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, role and hash of each file that was read, each once."""
    seen: dict[tuple[str, str | None], list[str]] = {}
    for number, channel in enumerate(record["channels"], start=1):
        for one in channel.get("files", [channel] if "file" in channel else []):
            seen.setdefault((one["file"], one["sha256"]), []).append(f"channel {number}")
    for role, one in record["inputs"].items():
        seen.setdefault((one["file"], one["sha256"]), []).append(_ROLES.get(role, role))
    for (file, content), roles in seen.items():
        yield file, ", ".join(roles), content or "not known: it lies on the web"
