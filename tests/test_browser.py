"""Reports in Chromium: they show, print and run as they should, and ask nobody for anything."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import covoxel as cx

BROWSER = Path(__file__).parents[1] / "scripts" / "browser.py"
NAMES = "<b>A</b>", "<script>alert(1)</script>"
#: Everything a report must not be.
FAULTY = """<!DOCTYPE html><html><head><title>Faulty</title></head><body>
<h1>Faulty</h1><div style="width: 2000px">wide</div>
<img src="http://127.0.0.1:9/a.png"><img src="data:image/png;base64,iVBO">
<script>fetch("http://127.0.0.1:9/b"); missing();</script></body></html>"""


def seen(*pages):
    """Return what a browser of its own process sees of pages."""
    run = subprocess.run(
        [sys.executable, BROWSER, *pages], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return list(map(json.loads, run.stdout.splitlines()))


def letters(text):
    return "".join(text.split())


@pytest.mark.slow
def test_reports_show_and_print_and_ask_nobody(tmp_path):
    pair = cx.simulate_pair(shape=(64, 80), n_spots1=40, n_shared=30, rng=2)
    channels = [
        dataclasses.replace(channel, name=name)
        for channel, name in zip((pair.channel1, pair.channel2), NAMES, strict=True)
    ]
    cells = np.repeat(np.repeat([[1, 2], [3, 4]], 32, 0), 40, 1)
    pages = [
        cx.measure(*channels, labels=cells).report(tmp_path / "measure.html"),
        cx.measure_objects(*channels, null="none").report(tmp_path / "objects.html"),
    ]
    for page in seen(*pages):
        assert page["loaded"]
        assert (page["console"], page["refused"]) == ([], [])
        assert page["width"] <= page["room"]
        assert page["images"]
        assert all(page["images"])
        assert page["rows"] > 4
        assert {"Results", "Methods", "Settings"} <= set(page["headings"])
        assert page["title"].endswith(f": {NAMES[0]} and {NAMES[1]}")
        assert page["buttons"] == 1, "the script of the page did not run"
        print_of_it = letters("".join(page["printed"]))
        assert print_of_it.startswith(letters(page["title"]))
        assert "QUAREP-LiMi" in print_of_it


@pytest.mark.slow
def test_the_browser_sees_what_is_wrong(tmp_path):
    path = tmp_path / "faulty.html"
    path.write_text(FAULTY)
    (page,) = seen(path)
    assert "missing is not defined" in " ".join(page["console"])
    assert set(page["refused"]) == {"http://127.0.0.1:9/a.png", "http://127.0.0.1:9/b"}
    assert page["width"] > page["room"]
    assert page["images"] == [0, 0]
