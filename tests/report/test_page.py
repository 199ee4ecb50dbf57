"""Pages: valid HTML that loads nothing, runs nothing from files, and is the same each time."""

import re

import html5lib
import pytest

from covoxel.report.page import (
    Checklist,
    ChecklistItem,
    Copied,
    Fold,
    Grid,
    Head,
    Picture,
    Preformatted,
    Section,
    Text,
    render,
    write_page,
)

HOSTILE = '<script>alert("x")</script> \' " & \x1b[31m\u202e{{ 7 * 7 }}'
ESCAPED = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &#39; &#34; &amp; {{ 7 * 7 }}"


def blocks(text: str) -> list:
    grid = Grid(text, [Head(text, text), Head("n", number=True)], [[text, "1"], ["b", text]])
    return [
        Text(text, stands_out=True),
        Preformatted(text),
        Picture(text, text, b"\x89PNG"),
        Section(text, [grid, Fold(text, [grid]), Section(text, [Copied([text, "b"])])]),
        Checklist(
            text,
            [ChecklistItem(text, done=True, how=text), ChecklistItem("b", done=False, how="c")],
        ),
    ]


def test_a_page_is_valid_html_and_text_from_files_stays_text():
    html = render(HOSTILE, blocks(HOSTILE))
    html5lib.HTMLParser(strict=True).parse(html)
    assert html.count("<script") == 1
    assert html.count(ESCAPED) > 15
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_a_page_loads_nothing():
    html = render("a", blocks("b"))
    assert "default-src 'none'" in html
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    loaded = [one.get(name) for one in tree.iter() for name in ("src", "href") if one.get(name)]
    assert len(loaded) == 1
    assert loaded[0].startswith("data:image/png")
    assert not re.search(r"url\(|@import|fetch|<link", html)


def test_a_page_has_headings_captions_and_texts_for_pictures():
    tree = html5lib.parse(render("a", blocks("b")), namespaceHTMLElements=False)
    assert [one.tag for one in tree.iter() if re.fullmatch(r"h\d", one.tag)] == [
        *("h1", "h2", "h3", "h2")
    ]
    assert all(one.find("caption").text for one in tree.iter("table"))
    assert all(one.get("alt") for one in tree.iter("img"))
    assert tree.get("lang") == "en"


def test_a_page_replaces_no_other_unasked(tmp_path):
    path = tmp_path / "page.html"
    html = render("a", blocks("b"))
    assert write_page(path, html).read_text(encoding="utf-8") == html
    with pytest.raises(FileExistsError, match=r"page\.html"):
        write_page(path, "")
    assert write_page(path, render("a", blocks("b")), overwrite=True).read_text("utf-8") == html
