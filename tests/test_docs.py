"""What the documents promise is there."""

import re
import tomllib
from pathlib import Path

import typer

import covoxel
from covoxel.analysis.measure.schema import ALL_COLUMNS
from covoxel.analysis.pages import MEASURE_PAGES, page
from covoxel.analysis.registry import ANALYSES
from covoxel.cli.app import program
from covoxel.io.formats import FORMATS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
PAGES = {ROOT / "README.md", *(ROOT / "docs").rglob("*.md")} - {ROOT / "docs" / "names.md"}
#: Of scripts/demo.sh, and of every command.
FOREIGN_FLAGS = {"--open", "--help"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_version_is_one() -> None:
    version = PROJECT["project"]["version"]
    assert covoxel.__version__ == version
    assert re.search(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.MULTILINE)[1] == version
    assert re.search(r"^version: (.+)$", text("CITATION.cff"), re.MULTILINE)[1] == version


def test_addresses_are_those_of_the_package() -> None:
    urls = PROJECT["project"]["urls"]
    assert SITE["site_url"] == urls["Documentation"]
    assert "repo_url" not in SITE  # the site would ask GitHub for its facts
    elsewhere = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]
    repository = urls["Source"].removeprefix("https://github.com/")
    assert all(repository in one["replacement"] for one in elsewhere)
    cited = dict(re.findall(r"^(url|repository-code): (.+)$", text("CITATION.cff"), re.MULTILINE))
    assert cited == {"url": urls["Documentation"], "repository-code": urls["Source"]}


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r'"([\w/-]+\.md)"', text("zensical.toml")))
    docs = ROOT / "docs"
    assert listed == {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}


def test_links_and_scripts_exist() -> None:
    missing = []
    for document in DOCUMENTS:
        words = document.read_text(encoding="utf-8")
        linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", words)
        scripts = re.findall(r"^(?:\w+=\S+ )?(?:sh|bash) (\S+)", words, re.MULTILINE)
        absent = (path for path in linked + scripts if not (document.parent / path).exists())
        missing += [(document.name, path) for path in absent]
    assert not missing


def test_formats_are_those_that_are_read() -> None:
    lines = re.findall(r"^\|(.+)\|$", text("docs/formats.md"), re.MULTILINE)[2:]
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in lines]
    assert rows == [
        (one.name, " ".join(one.suffixes), one.library, one.extra and f"`{one.extra}`")
        for one in FORMATS
    ]
    extras = PROJECT["project"]["optional-dependencies"]
    every = sorted(one.extra for one in FORMATS if one.extra)
    assert extras["formats"] == [f"covoxel[{','.join(every)}]"]


def test_commands_and_flags_exist() -> None:
    pages = "".join(without_foreign(page.read_text(encoding="utf-8")) for page in PAGES)
    commands = typer.main.get_command(program()).commands
    groups = [commands, *(one.commands for one in commands.values() if hasattr(one, "commands"))]
    options = [option for group in groups for one in group.values() for option in one.params]
    flags = {name for one in options for name in (*one.opts, *one.secondary_opts)}
    assert set(re.findall(r"[`\n]covoxel ([a-z][a-z-]+)\b", pages)) <= set(commands)
    assert set(re.findall(r"[`\s\[](--[a-z][\w-]+)", pages)) <= flags | FOREIGN_FLAGS


def without_foreign(text: str) -> str:
    """Return a page without the blocks that do not run here."""
    return re.sub(r"<!-- skip: next -->\s*```.*?```", "", text, flags=re.DOTALL)


def test_every_dependency_has_its_reason() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    named = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    named += [item for extra in project["optional-dependencies"].values() for item in extra]
    named += [item for group in groups.values() for item in group if isinstance(item, str)]
    reasons = text("CONTRIBUTING.md").split("## Dependency policy")[1].split("\n## ")[0]
    without = {name for item in named if (name := re.split(r"[\[<>=]", item)[0]) not in reasons}
    assert not without


def test_every_analysis_and_column_has_a_page() -> None:
    docs = ROOT / "docs"
    files = set(docs.rglob("*.md"))
    names = [*MEASURE_PAGES, *(column.name for column in ALL_COLUMNS)]
    analyses = (*ANALYSES, "groups", "batch")
    pages = {*map(page, analyses), *(page("measure", name) for name in names)}
    missing = [one for one in pages if not {docs / f"{one}.md", docs / one / "index.md"} & files]
    assert not missing
