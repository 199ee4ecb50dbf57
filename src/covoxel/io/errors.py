"""ImageError: a file that cannot be read, in one line that names it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from covoxel.core.text import clean_name, plain

#: Errors whose text explains what is wrong; that of others is internal to the libraries.
_EXPLAINED = (ValueError, OSError, RuntimeError, ImportError)
#: Libraries that log what is wrong with a file.
_LOGGERS = ("tifffile", "czifile", "liffile", "nd2")
#: Characters of a reason.
_LONGEST = 1000


class ImageError(ValueError):
    """A file that cannot be measured; the message names it and says what is wrong."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = str(path)
        self.reason = clean_name(reason, most=_LONGEST)

    def __str__(self) -> str:
        return f"{plain(self.path)}: {self.reason}"


@contextmanager
def refusing(path: str | Path, doing: str) -> Iterator[None]:
    """Turn any error of the libraries into an ImageError, such as "cannot be read as TIFF"."""
    with _silent(), np.errstate(all="ignore"):
        try:
            yield
        except (ImageError, KeyboardInterrupt):
            raise
        except PermissionError:
            raise ImageError(path, "may not be read (permission denied)") from None
        except MemoryError:
            raise ImageError(path, f"{doing}: it declares more than fits into memory") from None
        except Exception as error:  # noqa: BLE001  the decoders raise nearly every type there is
            text = str(error) if isinstance(error, _EXPLAINED) else ""
            if isinstance(error, OSError) and error.strerror:
                text = error.strerror.lower()  # without its number and the file once more
            reason = text[:200] or "its structure is corrupt"
            raise ImageError(path, f"{doing}: {reason}") from None


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what the libraries log in this thread; what matters is raised."""
    thread = threading.get_ident()

    def elsewhere(_record: logging.LogRecord) -> bool:
        return threading.get_ident() != thread

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(elsewhere)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(elsewhere)
