"""Open pages in Chromium, that of Qt WebEngine, and print what it found as JSON, an object a page.

python scripts/browser.py PAGE… [--shots FOLDER] [--size 1366x768]

What pages ask for, other than files, is refused and listed. Works without a display.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # root has none
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")

from qtpy.QtCore import QEvent, QEventLoop, QTimer, QUrl
from qtpy.QtPdf import QPdfDocument
from qtpy.QtWebEngineCore import (
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from qtpy.QtWebEngineWidgets import QWebEngineView
from qtpy.QtWidgets import QApplication

SECONDS = 20
#: What a page looks like from inside.
LOOK = """JSON.stringify({
    title: document.title,
    headings: [...document.querySelectorAll("h1, h2, h3")].map(each => each.innerText),
    rows: document.querySelectorAll("tbody tr").length,
    images: [...document.images].map(each => each.naturalWidth),
    buttons: [...document.querySelectorAll("button")].filter(each => !each.hidden).length,
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
})"""


class Guard(QWebEngineUrlRequestInterceptor):
    """Lists and refuses what a page asks for from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Let files pass, and what is in the page itself."""
        if info.requestUrl().scheme() not in ("file", "data", "blob"):
            self.refused.append(info.requestUrl().toString())
            info.block(True)


class Page(QWebEnginePage):
    """A page that keeps what it writes to the console, and on disk nothing."""

    def __init__(self) -> None:
        profile = QWebEngineProfile()
        super().__init__(profile)
        self.guard, self.profile = Guard(), profile
        self.console: list[str] = []
        profile.setUrlRequestInterceptor(self.guard)
        # else what a file asks for is refused before it is listed
        self.settings().setAttribute(
            QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls, True
        )

    def javaScriptConsoleMessage(self, level: Any, text: str, *_: object) -> None:
        """Keep a message."""
        self.console.append(f"{level.name}: {text}")


def awaited(start: Callable[[Callable[..., None]], object], what: str) -> Any:
    """Return what `start` gives to its callback."""
    given: list[Any] = []
    loop = QEventLoop()

    def done(*values: Any) -> None:
        given.append(values[0] if values else None)
        loop.quit()

    QTimer.singleShot(SECONDS * 1000, loop.quit)
    start(done)
    if not given:
        loop.exec()
    if not given:
        sys.exit(f"{what}: nothing within {SECONDS} s")
    return given[0]


def printed(page: Page) -> list[str]:
    """Return the text of each page of its print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.pdf")
        path.write_bytes(bytes(awaited(page.printToPdf, "print")))
        document = QPdfDocument(None)
        document.load(os.fspath(path))
        texts = [document.getAllText(each).text() for each in range(document.pageCount())]
        document.close()
    return texts


def seen(view: QWebEngineView, path: Path, shots: Path | None) -> dict[str, Any]:
    """Open a file and return what there is to see."""
    page = view.page()
    page.console.clear()
    page.guard.refused.clear()
    page.load(QUrl.fromLocalFile(os.fspath(path.resolve())))
    loaded = awaited(page.loadFinished.connect, f"load {path.name}")
    found = json.loads(awaited(lambda done: page.runJavaScript(LOOK, done), "look"))
    if shots is not None:
        awaited(lambda done: QTimer.singleShot(500, done), "draw")
        view.grab().save(os.fspath(shots / f"{path.stem}.png"))
    found |= {"loaded": loaded, "printed": printed(page)}
    return found | {"console": page.console, "refused": page.guard.refused}


def main() -> None:
    """Open the pages that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--shots", type=Path, help="write PAGE.png of each into this folder")
    parser.add_argument("--size", default="1366x768", help="of the window")
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    view, page = QWebEngineView(), Page()
    view.setPage(page)
    view.resize(*map(int, options.size.split("x")))
    view.show()
    for path in options.pages:
        sys.stdout.write(json.dumps(seen(view, path, options.shots)) + "\n")
    for each in (view, page):  # before the profile of the page
        each.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


if __name__ == "__main__":
    main()
