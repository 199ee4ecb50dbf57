"""What names suggest: their parts, fields as a pattern, and what is compared in the end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.pattern import CHANNEL, Pattern, beginning, ending, literal
from covoxel.io.formats import stem

#: What comes before the number of a field, by field. Single letters stand directly before it.
_PREFIXES = {
    "field": ("field|fov|site|position|pos|scene|series|tile|xy", "fs"),
    CHANNEL: ("channel|chan|wavelength|ch|wv", "cw"),
    "z": ("zstep|plane|slice", "zp"),
    "t": ("timepoint|time|frame|tp", "t"),
    "replicate": (
        "biorep|bio|replicate|repeat|rep|experiment|exp|donor|animal|mouse|day|run",
        "nr",
    ),
    "plate": ("plate|pl", ""),
}
_SINGLE_LETTERS = "".join(letters for _, letters in _PREFIXES.values())
#: Stains and modes of contrast, as files of one channel are called.
_STAINS = (
    r"dapi|hoechst\d*|[et]?gfp|yfp|cfp|rfp|m?cherry|tdtomato|fitc|tritc|texas ?red|cy[357](?:\.5)?"
    r"|a(?:lexa|f)?[-_ ]?(?:fluor[-_ ]?)?(?:350|405|488|532|546|555|568|594|633|647|680)"
    r"|(?:405|488|561|594|640|647)(?:nm)?|brightfield|bf|dic|phase|transmitted"
    r"|red|green|blue|dna|rna|er|agp|mito|golgi|actin|tubulin|nuclei|nucleus"
)
_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_WELL = r"(?<![A-Za-z0-9])[A-P](?:0[1-9]|1\d|2[0-4]|[1-9])(?![A-Za-z0-9])"
_DATE = (
    r"(?<!\d)(?:20\d\d(?P<ymd>[-_.]?)[01]\d(?P=ymd)[0-3]\d|[0-3]\d(?P<dmy>[-_.])[01]\d(?P=dmy)"
    r"(?:20)?\d\d|[12]\d[01]\d[0-3]\d)(?!\d)"
)


def _numbered(name: str, words: str, letters: str) -> str:
    begin = f"(?:{words})[-_ ]?" + (f"|[{letters}]" if letters else "")
    return rf"(?i:(?P<{name}>(?<![A-Za-z])(?:{begin}))(?P<{name}_number>\d+))"


#: Identifiers before a well, whose letters and digits they might hold.
_TOKENS = re.compile(
    "|".join(
        [
            rf"(?i:(?P<image>(?<![A-Za-z])[{_SINGLE_LETTERS}]))(?P<guided>\d)(?={_GUID})",
            f"(?P<guid>{_GUID})",
            r"(?P<row>(?<![A-Za-z0-9])r)\d{2}(?P<column>c)\d{2}",
            f"(?P<well>{_WELL})",
            f"(?P<date>{_DATE})",
            *(_numbered(name, *given) for name, given in _PREFIXES.items()),
            f"(?i:(?P<stain>(?<![A-Za-z0-9])(?:{_STAINS})(?![A-Za-z0-9])))",
        ]
    )
)
_KINDS = ("guid", "row", "well", "date", *_PREFIXES, "stain")
_WORDS = re.compile(r"[^-_. ]+|[-_. ]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a path."""

    #: "field", "channel", "well", … of what is known; "text", "/" or "ending".
    kind: str
    #: Without the prefix of a number; empty for an ending.
    text: str
    #: What stands before the number; the ending.
    prefix: str = ""

    @property
    def shape(self) -> tuple[str, str]:
        """What is equal in paths that are written alike."""
        separates = self.kind == "text" and not any(map(str.isalnum, self.text))
        return self.kind, self.text if separates else self.prefix


def tokens_of(path: str, *, words: bool = True) -> tuple[Token, ...]:
    """Return the parts of a path; those of file names are words where `words` is true.

    Examples
    --------
    >>> [(one.kind, one.prefix, one.text) for one in tokens_of("drug/A01_s2_w1.tif")][:4]
    [('text', '', 'drug'), ('/', '', '/'), ('well', '', 'A01'), ('text', '', '_')]
    """
    *folders, name = path.split("/")
    found: list[Token] = []
    for folder in folders:
        found += [*_tokens(folder, words=False), Token("/", "/")]
    base = stem(name)
    return (*found, *_tokens(base, words=words), Token("ending", "", name[len(base) :]))


def _tokens(text: str, *, words: bool) -> Iterator[Token]:
    at = 0
    for found in _TOKENS.finditer(text):
        yield from _text(text[at : found.start()], words=words)
        at = found.end()
        if found["image"]:
            kind = next(k for k, (_, short) in _PREFIXES.items() if found["image"].lower() in short)
            yield Token(kind, found["guided"], found["image"])
            continue
        kind = next(one for one in _KINDS if found[one] is not None)
        if kind in _PREFIXES:
            yield Token(kind, found[f"{kind}_number"], found[kind])
        else:
            yield Token(kind, found[0])
    yield from _text(text[at:], words=words)


def _text(text: str, *, words: bool) -> Iterator[Token]:
    if words:
        yield from (Token("text", one) for one in _WORDS.findall(text))
    elif text:
        yield Token("text", text)


#: What a letter of rows of wells means before a number where there is no other row.
_LETTERS = {"C": CHANNEL, "F": "field", "P": "z"}
#: Share of the paths that are written alike, below which file names are not split into words.
_MOST = 0.7
#: Numbers that are the same in all paths are no fields, except of these kinds.
_ALWAYS = ("well", "row", "field")
#: Between the words of a file name.
_SEPARATORS = "-_. "
#: Values of a condition, and images of each, at least.
_FEW, _SEVERAL = 12, 2
#: Names of fields by which images are compared, and of independent repeats, the likeliest first.
_CONDITIONS = ("condition", "treatment", "drug", "compound", "genotype", "group", "dose", "moa")
_REPLICATES = (
    "replicate",
    "repeat",
    "rep",
    "experiment",
    "donor",
    "animal",
    "day",
    "date",
    "plate",
)
#: Values of a condition that are a control.
_CONTROL = re.compile(
    r"(?:neg(?:ative)?[-_. ]?)?"
    r"(?:control|ctrl|ctl|untreated|mock|sham|vehicle|dmso|scrambled?|wt|wild[-_ ]?type)[-_. ]?\d*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Guess:
    """A pattern, and the paths that it was read from."""

    pattern: str
    paths: list[str]


def guess_pattern(paths: Sequence[str]) -> Guess | None:
    """Return the pattern of most paths; None where they have no field.

    Examples
    --------
    >>> names = [f"{c}/r{r}/A{w:02d}_s1_w{i}.tif" for c in ("no", "yes") for r in (1, 2)
    ...          for w in (1, 2) for i in (1, 2)]
    >>> guess_pattern(names).pattern
    '{condition}/r{replicate:d}/{well}_s{field:d}_w{channel:d}.tif'
    """
    alike: list[tuple[str, tuple[Token, ...]]] = []
    for words in (True, False):
        shapes: dict[object, list[tuple[str, tuple[Token, ...]]]] = defaultdict(list)
        for path in paths:
            tokens = tokens_of(path, words=words)
            shapes[tuple(one.shape for one in tokens)].append((path, tokens))
        largest = max(shapes.values(), key=len)
        if len(largest) > len(alike):
            alike = largest
        if len(alike) >= _MOST * len(paths):
            break
    columns = list(zip(*(tokens for _, tokens in alike), strict=True))
    pattern = "".join(_Namer(columns).parts())
    return Guess(pattern, [path for path, _ in alike]) if "{" in pattern else None


class _Namer:
    """Names the columns of tokens of paths that are written alike."""

    def __init__(self, columns: Sequence[tuple[Token, ...]]) -> None:
        self._columns = columns
        self._used: set[str] = set()
        self._kinds = {one[0].kind for one in columns}
        #: Files of an image.
        self._channels = max(
            (len({t.text for t in one}) for one in columns if one[0].kind in (CHANNEL, "stain")),
            default=1,
        )
        folders = [i for i, one in enumerate(columns) if one[0].kind == "/"]
        self._name = folders[-1] if folders else -1

    def parts(self) -> list[str]:
        """Return the parts of the pattern."""
        return [self._part(i, column) for i, column in enumerate(self._columns)]

    def _part(self, at: int, column: tuple[Token, ...]) -> str:
        values, first = {one.text for one in column}, column[0]
        if first.kind == "guid":
            return "-".join("?" * len(one) for one in first.text.split("-"))
        if first.kind == "row":
            return f"{first.text[0]}{self._field('row', ':d')}c{self._field('column', ':d')}"
        if first.kind == "well" and (kind := self._letter(values)):
            return first.text[0] + self._field(kind, ":d")
        if len(values) == 1 and first.kind not in _ALWAYS:
            return literal(first.prefix + first.text)
        if first.kind == "text":
            return self._text(at, sorted(values), len(column))
        if first.kind in ("well", "date"):
            return self._field(first.kind)
        if first.kind == "stain":
            return self._field(CHANNEL)
        return literal(first.prefix) + self._field(first.kind, ":d")

    def _letter(self, values: Collection[str]) -> str | None:
        """Return what wells of a single row are, if they are none: C1 and C2 are channels."""
        kind = _LETTERS.get(min(values)[0])
        single = len({one[0] for one in values}) == 1 and not any(one[1] == "0" for one in values)
        return kind if single and kind not in self._kinds else None

    def _field(self, name: str, kind: str = "") -> str:
        """Return a field of a name that is not used yet."""
        number = 2
        free = name
        while free in self._used:
            free, number = f"{name}{number}", number + 1
        self._used.add(free)
        return f"{{{free}{kind}}}"

    def _text(self, at: int, values: Sequence[str], count: int) -> str:
        """Return the pattern of text that differs from path to path."""
        begin, end = _common(values)
        if begin or end:
            inside = sorted(one[len(begin) : len(one) - len(end)] for one in values)
            return literal(begin) + self._text(at, inside, count) + literal(end)
        if self._follows_channel(at):
            return literal(beginning(values)) + "*"
        if all(map(str.isdecimal, values)):
            folder = at < self._name
            name = "replicate" if folder and "replicate" not in self._kinds else self._word(at)
            return self._field(name, ":d")
        if all(re.fullmatch("[A-P]", one) for one in values):
            return self._field("row")
        letters = re.split(r"[^A-Za-z]", beginning(values))[0]
        if len(letters) > 1 and all(one[len(letters) :].isdecimal() for one in values):
            return letters + self._field(letters.lower(), ":d")
        few = len(values) <= _FEW and count >= _SEVERAL * len(values) * self._channels
        names = ("condition", "group") if few or at < self._name else ("sample", "part")
        return self._field(next((one for one in names if one not in self._used), names[1]))

    def _word(self, at: int) -> str:
        """Return the word before a number."""
        before = self._columns[at - 2] if at > 1 else ()
        words = {one.text.lower() for one in before if one.kind == "text" and len(one.text) > 2}
        word = words.pop() if len(words) == 1 else ""
        return word if word.isalpha() else "number"

    def _follows_channel(self, at: int) -> bool:
        """Whether a text is another name of the channel."""
        channels = [one for one in self._columns if one[0].kind == CHANNEL]
        pairs = {
            (a.text, b.text)
            for one in channels
            for a, b in zip(one, self._columns[at], strict=True)
        }
        return bool(pairs) and len(pairs) == len({one.text for one in channels[0]})


def _common(values: Sequence[str]) -> tuple[str, str]:
    """Return the separators with which all texts begin and end."""
    first, last = beginning(values), ending(values)
    begin = first[: len(first) - len(first.lstrip(_SEPARATORS))]
    end = last[len(last.rstrip(_SEPARATORS)) :]
    return ("", "") if min(map(len, values)) <= len(begin + end) else (begin, end)


def complete(pattern: Pattern, paths: Sequence[str]) -> bool:
    """Whether most images of a pattern have a file for each of a few channels."""
    groups: dict[tuple[object, ...], set[object]] = {}
    for path in paths:
        fields: Mapping[str, Any] = pattern.match(path) or {}
        key = tuple(value for name, value in fields.items() if name != CHANNEL)
        groups.setdefault(key, set()).add(fields.get(CHANNEL))
    channels = {one for files in groups.values() for one in files}
    whole = sum(files == channels for files in groups.values())
    return 1 < len(channels) <= 6 and whole * 2 > len(groups)


def guess_groups(images: Sequence[ImageFiles]) -> tuple[dict[str, str], list[str]]:
    """Return the section of groups, empty where nothing can be compared, and remarks on it."""
    fields = {name.lower(): name for one in images for name in one.fields}
    values = {
        key: {one.fields.get(name) for one in images} - {None} for key, name in fields.items()
    }
    several = [key for key in values if len(values[key]) > 1]
    compare = next((key for key in _CONDITIONS if key in several), None)
    unit = next((key for key in _REPLICATES if key in several and key != compare), None)
    if compare is None:
        return {}, []
    if unit is None:
        text = f"Values of {fields[compare]} can be compared once a field names the replicate"
        return {}, [text]
    groups = {"compare": fields[compare], "unit": fields[unit]}
    remarks = [f"CHECK: each {unit} must be an independent repeat: a day or an animal"]
    controls = [str(one) for one in values[compare] if _CONTROL.fullmatch(str(one))]
    if len(controls) == 1:
        groups["control"] = controls[0]
        remarks.append(f"CHECK: {controls[0]} taken for the control, by its name")
    return groups, remarks
