"""Parts of file names that say what an image is: wells, fields, channels, replicates, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from covoxel.batch.pattern import CHANNEL
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
